"""Resolves identifiers of objects: a name, an instance or a configuration."""

import copy
import re

import keras


def from_identifier(identifier, kind, names, noun, instance):
    """Returns the object for an identifier.

    Args:
        identifier: A key of `names`, an instance of `kind`, or the result of
            `keras.saving.serialize_keras_object`.
        kind: Class of the object.
        names: Dict from names to callables without arguments that create one.
        noun: String, the kind of object in errors: `"baseline"`.
        instance: String, the alternative to a name in errors: ``"a `Baseline`"``.

    Returns:
        An instance of `kind`; an instance is returned unchanged.

    Raises:
        ValueError: If a string is not a key of `names`.
        TypeError: If `identifier` is, or describes, something else.

    Example:

    >>> names = {"sgd": keras.optimizers.SGD}
    >>> kind = keras.optimizers.Optimizer
    >>> type(from_identifier("sgd", kind, names, "optimizer", "an optimizer")).__name__
    'SGD'
    """
    expected = f"Expected one of {sorted(names)}, or {instance}."
    if isinstance(identifier, str):
        if identifier not in names:
            raise ValueError(f"Unknown {noun}: {identifier!r}. {expected}")
        return names[identifier]()
    value = identifier
    if isinstance(identifier, dict):
        value = keras.saving.deserialize_keras_object(identifier)
    if not isinstance(value, kind):
        remedy = ". Call the class." if isinstance(identifier, type) else ""
        raise TypeError(
            f"{expected} Received: {identifier!r} of type {type(identifier).__name__}"
            f"{remedy}"
        )
    return value


def with_objects(config, *keys, custom_objects=None):
    """Returns a configuration with deserialised objects, for `from_config`.

    Args:
        config: Dict, from `get_config`. It is not modified.
        *keys: Strings. Keys of serialised Keras objects, which are deserialised; other
            values, such as `None`, are kept.
        custom_objects: Dict from names to classes or functions, or `None`.

    Example:

    >>> config = {"layer": keras.saving.serialize_keras_object(keras.layers.ReLU())}
    >>> type(with_objects(config, "layer")["layer"]).__name__
    'ReLU'
    """
    config = dict(config)
    for key in keys:
        if isinstance(config.get(key), dict):
            # Keras modifies the configuration of a functional model in place.
            part = copy.deepcopy(config[key])
            config[key] = keras.saving.deserialize_keras_object(part, custom_objects)
    return config


def renamed(config, **names):
    """Returns a configuration from an older file with current names.

    Args:
        config: Dict, from `get_config`. It is not modified.
        **names: From old names to current ones.

    Example:

    >>> renamed({"rate": 1.0, "name": None}, rate="learning_rate")
    {'learning_rate': 1.0, 'name': None}
    """
    return {names.get(key, key): value for key, value in config.items()}


def snake_case(name):
    """Returns a class's name in snake case, as in logs and `compile`.

    Example:

    >>> snake_case("KernelDistance")
    'kernel_distance'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
