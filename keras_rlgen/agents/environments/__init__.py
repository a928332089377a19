"""Environments for TF-Agents' own drivers.

`TensorTFEnvironment` wraps a tensor environment, and `GymnasiumPyEnvironment` one of
Gymnasium. The agents of this package need neither.

They are subclasses of TF-Agents' own, so TF-Agents is imported on first use.
"""

from keras_rlgen.lazy_names import lazy_names

_MODULES = {
    "GymnasiumPyEnvironment": "gymnasium_py_environment",
    "TensorTFEnvironment": "tensor_tf_environment",
}

__all__ = ["GymnasiumPyEnvironment", "TensorTFEnvironment"]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
