import math

import keras

from keras_rlgen.arguments import is_number


def checked_optimizer(identifier):
    """Returns a Keras optimizer that can learn.

    Args:
        identifier: Keras optimizer, its name or its configuration.

    Raises:
        ValueError: If the name is unknown; if the learning rate is negative or not
            finite.
        TypeError: If it is no Keras optimizer.

    Example:

    >>> type(checked_optimizer("adam")).__name__
    'Adam'
    """
    try:
        optimizer = keras.optimizers.get(identifier)
    except ValueError as error:
        raise ValueError(
            "Expected a Keras optimizer or its name, such as 'adam'. Received: "
            f"{identifier!r}"
        ) from error
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(
            "Expected a Keras optimizer or its name, such as "
            f"`keras.optimizers.Adam(1e-3)`. Received: {identifier!r}"
        )
    rate = optimizer.get_config().get("learning_rate")
    if is_number(rate) and not 0.0 <= rate < math.inf:
        raise ValueError(
            f"Expected a learning rate of zero or above. Received: {rate} in "
            f"`{type(optimizer).__name__}`."
        )
    return optimizer
