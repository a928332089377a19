"""Random weights for a while, to see what a network can depend on."""

import contextlib
import math

import numpy as np


@contextlib.contextmanager
def random_weights(network):
    """Gives a network random weights inside this context, and its own back after.

    A network shows what its outputs depend on at random weights. At its own it may not:
    a last layer of zeros, or units that are never active, hide everything before them.
    Constraints of weights hold, since they may be what keeps a network causal.

    Args:
        network: Built Keras model.

    Example:

    >>> network = keras.Sequential(
    ...     [keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros")]
    ... )
    >>> with random_weights(network):
    ...     print(bool(network(np.ones((1, 2))) != 0.0))
    True
    >>> float(network(np.ones((1, 2)))[0, 0])
    0.0
    """
    weights = [w for w in network.trainable_weights if w.dtype.startswith(("f", "bf"))]
    before = [np.array(weight) for weight in weights]
    random = np.random.default_rng(0)
    try:
        for weight in weights:
            size = math.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 4
            value = random.normal(size=weight.shape) / math.sqrt(max(size, 1))
            if weight.constraint is not None:
                value = weight.constraint(value.astype("float32"))
            weight.assign(value)
        yield
    finally:
        for weight, value in zip(weights, before, strict=True):
            weight.assign(value)
