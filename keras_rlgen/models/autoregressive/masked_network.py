import keras
import numpy as np
from keras import layers

from keras_rlgen.arguments import is_integer
from keras_rlgen.layers import MaskedDense


def masked_network(
    dim,
    condition_dim=None,
    num_components=4,
    units=128,
    num_layers=2,
    activation="silu",
    seed=None,
):
    """Returns a network of autoregressive mixtures, for `MADE`.

    Args:
        dim: Integer >= 1, the size of a sample.
        condition_dim: Integer >= 1, the size of a condition; `None` for none.
        num_components: Integer >= 1, the normal distributions in a mixture.
        units: Integer >= `dim`, the units of a hidden layer.
        num_layers: Integer >= 1, the hidden layers.
        activation: Keras activation of the hidden layers, or its name.
        seed: Integer or `None`, the seed of the initial weights.

    Returns:
        Keras model from samples `(batch, dim)`, or `[samples, condition]`, to
        parameters `(batch, dim, 3, num_components)`. Those of a number depend on the
        condition and on the numbers before it.

    Raises:
        ValueError: If a size is out of its range.

    Example:

    >>> masked_network(3, condition_dim=2, num_components=5).output_shape
    (None, 3, 3, 5)

    Reference:
        [Germain et al., 2015](https://arxiv.org/abs/1502.03509), section 4.2; degrees
        are dealt in turn in place of sampled.
    """
    sizes = {"dim": dim, "num_components": num_components, "num_layers": num_layers}
    if condition_dim is not None:
        sizes["condition_dim"] = condition_dim
    for name, value in sizes.items():
        if not is_integer(value) or value < 1:
            raise ValueError(f"Expected `{name}` >= 1, an integer. Received: {value!r}")
    if not is_integer(units) or units < dim:
        raise ValueError(
            f"Expected `units` >= dim = {dim}, an integer: each hidden unit depends on "
            f"as many numbers as its degree says. Received: {units!r}"
        )
    samples = layers.Input((dim,))
    inputs, x = samples, samples
    degrees = list(range(1, dim + 1))
    if condition_dim is not None:
        condition = layers.Input((condition_dim,))
        inputs = [samples, condition]
        x = layers.Concatenate()(inputs)
        degrees += [0] * condition_dim
    seeds = [None if seed is None else 64 * seed + i for i in range(num_layers + 1)]
    for layer_seed in seeds[:-1]:
        hidden = [unit % dim for unit in range(units)]
        initializer = keras.initializers.GlorotUniform(layer_seed)
        x = MaskedDense(
            degrees, hidden, activation=activation, kernel_initializer=initializer
        )(x)
        degrees = hidden
    outputs = np.repeat(np.arange(1, dim + 1), 3 * num_components)
    initializer = keras.initializers.GlorotUniform(seeds[-1])
    x = MaskedDense(degrees, outputs, strict=True, kernel_initializer=initializer)(x)
    x = layers.Reshape((dim, 3, num_components))(x)
    return keras.Model(inputs, x)
