"""Environments for those who use TF-Agents' own drivers.

`TensorTFEnvironment` is a tensor environment, and `GymnasiumPyEnvironment` one of
Gymnasium, as TF-Agents takes them. The agents of this package need neither.

They are subclasses of TF-Agents' own, so TF-Agents is imported when the first of them
is asked for.
"""

import importlib

_MODULES = {
    "GymnasiumPyEnvironment": "gymnasium_py_environment",
    "TensorTFEnvironment": "tensor_tf_environment",
}

__all__ = ["GymnasiumPyEnvironment", "TensorTFEnvironment"]


def __getattr__(name):
    if name in _MODULES:
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
