"""Flows of coupling layers, as a `RealNVP` takes them."""

import itertools

import keras

from keras_rlgen.layers import ActNorm, AffineCoupling, FactorOut, FlowChain, Squeeze


def vector_flow(num_features, num_couplings=6, units=64, seed=None):
    """Returns a flow for vectors: couplings of halves, which take turns.

    Before each coupling there is an `ActNorm`; the couplings' networks have two hidden
    layers, and start at the identity.

    Args:
        num_features: Integer > 1.
        num_couplings: Integer, two or more, so that every feature is changed.
            Defaults to 6.
        units: Positive integer, of the hidden layers. Defaults to 64.
        seed: Integer or `None`, of the initial weights.

    Returns:
        A `keras_rlgen.layers.FlowChain`, built.

    Raises:
        ValueError: If there are fewer than two features or couplings.

    Example:

    >>> len(vector_flow(2, num_couplings=4).layers)
    8

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), section 3; with
        `ActNorm` in place of batch normalisation.
    """
    if num_features < 2:
        raise ValueError(
            "A coupling changes one part of a sample given the other, so it expected "
            f"`num_features` > 1. Received: {num_features}"
        )
    _check_couplings(num_couplings)
    seeds = _seeds(seed)

    def network(kept, changed):
        return keras.Sequential(
            [
                keras.layers.Input((kept,)),
                keras.layers.Dense(units, "relu", kernel_initializer=_he(seeds)),
                keras.layers.Dense(units, "relu", kernel_initializer=_he(seeds)),
                keras.layers.Dense(2 * changed, kernel_initializer="zeros"),
            ]
        )

    small = num_features // 2
    sizes = num_features - small, small
    layers = []
    for index in range(num_couplings):
        flip = index % 2 == 1
        kept, changed = sizes[::-1] if flip else sizes
        layers += [ActNorm(), AffineCoupling(network(kept, changed), "half", flip)]
    return _built(layers, (num_features,))


def image_flow(image_shape, num_scales=2, num_couplings=4, filters=32, seed=None):
    """Returns a flow for images, of several scales.

    A scale has couplings of checkerboards; but for the last one, it has couplings of
    channels on the squeezed image besides, and gives half of the result to the base
    distribution, the other half to the next scale. Before each coupling there is an
    `ActNorm`; the couplings' networks are three convolutions (3 x 3, 1 x 1, 3 x 3),
    and start at the identity.

    Args:
        image_shape: `(height, width, channels)`. Height and width can be halved
            `num_scales - 1` times.
        num_scales: Positive integer. Defaults to 2.
        num_couplings: Integer, two or more, of each kind at each scale. Defaults to 4.
        filters: Positive integer, of the convolutions. Defaults to 32.
        seed: Integer or `None`, of the initial weights.

    Returns:
        A `keras_rlgen.layers.FlowChain`, built.

    Raises:
        ValueError: If the image cannot be halved so often, or there are fewer than
            two couplings.

    Example:

    >>> flow = image_flow((8, 8, 1), num_scales=2, num_couplings=2)
    >>> [type(layer).__name__ for layer in flow.layers]
    ['ActNorm', 'AffineCoupling', 'ActNorm', 'AffineCoupling', 'Squeeze']

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), section 3.6; the
        couplings' networks and `ActNorm`:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039), section 3.
    """
    height, width, channels = image_shape
    factor = 2 ** (num_scales - 1)
    if num_scales < 1 or height % factor or width % factor:
        raise ValueError(
            "Expected `num_scales` >= 1, and an image whose height and width can be "
            f"halved `num_scales - 1` times. Received: num_scales={num_scales}, "
            f"image_shape={tuple(image_shape)}. Use fewer scales, or pad the images."
        )
    _check_couplings(num_couplings)
    seeds = _seeds(seed)

    def network(height, width, kept, changed):
        convolution = keras.layers.Conv2D
        return keras.Sequential(
            [
                keras.layers.Input((height, width, kept)),
                convolution(
                    filters,
                    3,
                    1,
                    "same",
                    activation="relu",
                    kernel_initializer=_he(seeds),
                ),
                convolution(
                    filters, 1, activation="relu", kernel_initializer=_he(seeds)
                ),
                convolution(2 * changed, 3, 1, "same", kernel_initializer="zeros"),
            ]
        )

    def couplings(height, width, channels, mask):
        small = channels // 2
        sizes = (channels - small, small) if mask == "half" else (channels, channels)
        layers = []
        for index in range(num_couplings):
            flip = index % 2 == 1
            kept, changed = sizes[::-1] if flip else sizes
            coupling = network(height, width, kept, changed)
            layers += [ActNorm(), AffineCoupling(coupling, mask, flip)]
        return layers

    def scale(height, width, channels, remaining):
        layers = couplings(height, width, channels, "checkerboard")
        if remaining > 1:
            height, width, channels = height // 2, width // 2, 4 * channels
            inner = couplings(height, width, channels, "half")
            deeper = scale(height, width, channels // 2, remaining - 1)
            layers.append(Squeeze([*inner, FactorOut(deeper)]))
        return layers

    return _built(scale(height, width, channels, num_scales), image_shape)


def _built(layers, sample_shape):
    flow = FlowChain(layers)
    flow.build((None, *sample_shape))
    return flow


def _check_couplings(num_couplings):
    if num_couplings < 2:
        raise ValueError(
            "One coupling leaves half of a sample as it is. Expected `num_couplings` "
            f">= 2. Received: {num_couplings}"
        )


def _seeds(seed):
    return itertools.repeat(None) if seed is None else itertools.count(1000 * seed)


def _he(seeds):
    return keras.initializers.HeNormal(next(seeds))
