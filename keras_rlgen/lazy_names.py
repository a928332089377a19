"""Lazy names of a package, whose modules are imported on first use."""

import importlib

import keras


def lazy_names(package, modules, files=()):
    """Returns the `__getattr__` and `__dir__` of a package with lazy names.

    Keras finds a class of a `.keras` file by its registered name alone, so it would not
    find a class whose module is not imported yet. For each name in `files`, a stand-in
    is registered that imports the module and makes the object by the class itself,
    which then replaces the stand-in. Only modules given here are imported, whatever a
    file names.

    Args:
        package: String, the package's `__name__`.
        modules: Dict from public names to modules, relative to the package.
        files: Iterable of the names of classes that `.keras` files may hold, registered
            for the package "keras_rlgen".

    Returns:
        A pair of functions.

    Example:

    >>> getattribute, _ = lazy_names(
    ...     "keras_rlgen.losses", {"AdversarialLoss": "adversarial_loss"}
    ... )
    >>> getattribute("AdversarialLoss").__name__
    'AdversarialLoss'
    """

    def getattribute(name):
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)

    def names():
        return sorted({*vars(importlib.import_module(package)), *modules})

    for name in files:
        _register_stand_in(name, getattribute)
    return getattribute, names


def _register_stand_in(name, getattribute):
    if keras.saving.get_registered_object(f"keras_rlgen>{name}") is not None:
        return

    @keras.saving.register_keras_serializable("keras_rlgen", name)
    class StandIn:
        def get_config(self):
            return {}

        @classmethod
        def from_config(cls, config):
            return getattribute(name).from_config(config)
