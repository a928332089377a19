"""What stands for an object: its name, or its configuration."""

import copy
import re

import keras


def from_identifier(identifier, kind, names, noun, instance):
    """Returns the object that an identifier stands for.

    Args:
        identifier: A key of `names`, an instance of `kind`, or what
            `keras.saving.serialize_keras_object` made of one.
        kind: Class of the object.
        names: Dict from names to callables without arguments that make one.
        noun: String, what errors call it: `"baseline"`.
        instance: String, what errors ask for beside a name: ``"a `Baseline`"``.

    Returns:
        An instance of `kind`; where one is given, that one.

    Raises:
        ValueError: If a string is no key of `names`.
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
        raise TypeError(
            f"{expected} Received: {identifier!r} of type {type(identifier).__name__}"
        )
    return value


def with_objects(config, *keys, custom_objects=None):
    """Returns a configuration whose parts are objects again, as `from_config` needs.

    Args:
        config: Dict, from `get_config`. It is left as it is.
        *keys: Strings. What `keras.saving.serialize_keras_object` made a dict of is
            deserialized; anything else, such as `None`, stays.
        custom_objects: Dict from names to classes or functions, or `None`.

    Example:

    >>> config = {"layer": keras.saving.serialize_keras_object(keras.layers.ReLU())}
    >>> type(with_objects(config, "layer")["layer"]).__name__
    'ReLU'
    """
    config = dict(config)
    for key in keys:
        if isinstance(config.get(key), dict):
            # Keras takes the configuration of a functional model apart.
            part = copy.deepcopy(config[key])
            config[key] = keras.saving.deserialize_keras_object(part, custom_objects)
    return config


def renamed(config, **names):
    """Returns a configuration in which old names are replaced, from older files.

    Args:
        config: Dict, from `get_config`. It is left as it is.
        **names: From an old name to the one that it has now.

    Example:

    >>> renamed({"rate": 1.0, "name": None}, rate="learning_rate")
    {'learning_rate': 1.0, 'name': None}
    """
    return {names.get(key, key): value for key, value in config.items()}


def snake_case(name):
    """Returns a class' name as names are written in logs and in `compile`.

    Example:

    >>> snake_case("KernelDistance")
    'kernel_distance'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
