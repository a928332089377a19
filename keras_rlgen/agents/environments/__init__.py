"""Environments for those who use TF-Agents' own drivers.

`TensorTFEnvironment` is a tensor environment, and `GymnasiumPyEnvironment` one of
Gymnasium, as TF-Agents takes them. The agents of this package need neither.

They are subclasses of TF-Agents' own, so TF-Agents is imported when the first of them
is asked for.
"""

from keras_rlgen.lazy_names import lazy_names

_MODULES = {
    "GymnasiumPyEnvironment": "gymnasium_py_environment",
    "TensorTFEnvironment": "tensor_tf_environment",
}

__all__ = ["GymnasiumPyEnvironment", "TensorTFEnvironment"]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
