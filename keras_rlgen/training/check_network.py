import keras


def check_network(name, value, optional=False):
    """Raises an error unless an argument is a Keras model or layer.

    Args:
        name: String, the argument.
        value: Its value.
        optional: Whether it may be `None`.

    Raises:
        TypeError: If it is something else.

    Example:

    >>> check_network("network", keras.layers.Dense(2))
    """
    if value is None and optional:
        return
    if not isinstance(value, keras.Layer):
        raise TypeError(
            f"Expected `{name}` to be a Keras model. Received: {value!r} of type "
            f"{type(value).__name__}"
        )
