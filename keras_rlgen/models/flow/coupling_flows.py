"""Builds flows of coupling layers for `RealNVP`."""

import itertools

import keras

from keras_rlgen.arguments import check_integer, is_integer
from keras_rlgen.layers import ActNorm, AffineCoupling, FactorOut, FlowChain, Squeeze
from keras_rlgen.models.image_shape import is_image_shape


def vector_flow(
    num_features,
    num_couplings=6,
    units=64,
    num_classes=None,
    seed=None,
    condition_dim=None,
):
    """Builds a flow for vectors, of couplings that alternate between halves.

    Before each coupling there is an `ActNorm`; the couplings' networks have two hidden
    layers, and are initialised to the identity.

    Args:
        num_features: Integer > 1.
        num_couplings: Integer >= 2, so that every feature is changed. Defaults to 6.
        units: Positive integer, the size of the hidden layers. Defaults to 64.
        num_classes: Positive integer, for a flow conditioned on class labels, int32
            `(batch,)` in `[0, num_classes)`. Defaults to `None`, no labels.
        seed: Integer or `None`, the seed of the initial weights.
        condition_dim: Positive integer, for a flow conditioned on vectors, float32
            `(batch, condition_dim)`. Defaults to `None`, no vectors.

    Returns:
        A `keras_rlgen.layers.FlowChain`, built.

    Raises:
        ValueError: If there are fewer than two features or couplings, or both
            `num_classes` and `condition_dim`.

    Example:

    >>> len(vector_flow(2, num_couplings=4).layers)
    8

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), section 3; with
        `ActNorm` in place of batch normalisation.
    """
    if not is_integer(num_features) or num_features < 2:
        raise ValueError(
            "A coupling changes one part of a sample given the other, so it expected "
            f"`num_features` > 1. Received: {num_features}"
        )
    _check_couplings(num_couplings)
    check_integer("units", units)
    _check_conditions(num_classes, condition_dim)
    seeds = _seeds(seed)

    def dense():
        return keras.layers.Dense(units, kernel_initializer=_he(seeds))

    def network(kept, changed):
        inputs, x = _first_features((kept,), dense(), num_classes, condition_dim, seeds)
        x = keras.layers.ReLU()(dense()(keras.layers.ReLU()(x)))
        outputs = keras.layers.Dense(2 * changed, kernel_initializer="zeros")(x)
        return keras.Model(inputs, outputs)

    conditional = (num_classes or condition_dim) is not None
    layers = _couplings(num_features, num_couplings, "half", network, conditional)
    return _built(layers, (num_features,))


def image_flow(
    image_shape,
    num_scales=2,
    num_couplings=4,
    filters=32,
    num_blocks=1,
    num_classes=None,
    seed=None,
    condition_dim=None,
):
    """Builds a multi-scale flow for images.

    Each scale has checkerboard couplings. All but the last also have channel couplings
    on the squeezed image, and pass half of the result to the base distribution, the
    other half to the next scale. Before each coupling there is an `ActNorm`. The
    couplings' networks are a convolution, residual blocks of two (3 x 3 and 1 x 1), and
    a zero-initialised convolution, so that couplings start as the identity.

    Args:
        image_shape: `(height, width, channels)`. Height and width can be halved
            `num_scales - 1` times.
        num_scales: Positive integer. Defaults to 2.
        num_couplings: Integer >= 2, of each kind at each scale. Defaults to 4.
        filters: Positive integer, filters of the convolutions. Defaults to 32.
        num_blocks: Integer >= 0, residual blocks per network. Defaults to 1.
        num_classes: As in `vector_flow`.
        seed: Integer or `None`, the seed of the initial weights.
        condition_dim: As in `vector_flow`.

    Returns:
        A `keras_rlgen.layers.FlowChain`, built.

    Raises:
        ValueError: If the image cannot be halved that often, there are fewer than two
            couplings, or both `num_classes` and `condition_dim`.

    Example:

    >>> flow = image_flow((8, 8, 1), num_scales=2, num_couplings=2)
    >>> [type(layer).__name__ for layer in flow.layers]
    ['ActNorm', 'AffineCoupling', 'ActNorm', 'AffineCoupling', 'Squeeze']

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), sections 3.6 and 4.1;
        `ActNorm` in place of batch normalisation, and networks that start at zero:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039), section 3.
    """
    if not is_image_shape(image_shape):
        raise ValueError(
            "Expected `image_shape` to be (height, width, channels), positive. "
            f"Received: {image_shape!r}"
        )
    check_integer("num_scales", num_scales)
    check_integer("filters", filters)
    check_integer("num_blocks", num_blocks, least=0)
    height, width, channels = image_shape
    factor = 2 ** (num_scales - 1)
    if height % factor or width % factor:
        raise ValueError(
            "Expected `num_scales` >= 1, and an image whose height and width can be "
            f"halved `num_scales - 1` times. Received: num_scales={num_scales}, "
            f"image_shape={tuple(image_shape)}. Use fewer scales, or pad the images."
        )
    _check_couplings(num_couplings)
    _check_conditions(num_classes, condition_dim)
    seeds = _seeds(seed)
    conditional = (num_classes or condition_dim) is not None

    def convolution(size):
        return keras.layers.Conv2D(
            filters, size, padding="same", kernel_initializer=_he(seeds)
        )

    def couplings(height, width, channels, mask):
        def network(kept, changed):
            shape = (height, width, kept)
            inputs, x = _first_features(
                shape, convolution(3), num_classes, condition_dim, seeds
            )
            for _ in range(num_blocks):
                inner = keras.layers.ReLU()(convolution(3)(keras.layers.ReLU()(x)))
                x = keras.layers.Add()([x, convolution(1)(inner)])
            last = keras.layers.Conv2D(
                2 * changed, 3, padding="same", kernel_initializer="zeros"
            )
            return keras.Model(inputs, last(keras.layers.ReLU()(x)))

        return _couplings(channels, num_couplings, mask, network, conditional)

    def scale(height, width, channels, remaining):
        layers = couplings(height, width, channels, "checkerboard")
        if remaining > 1:
            height, width, channels = height // 2, width // 2, 4 * channels
            inner = couplings(height, width, channels, "half")
            deeper = scale(height, width, channels // 2, remaining - 1)
            layers.append(Squeeze([*inner, FactorOut(deeper)]))
        return layers

    return _built(scale(height, width, channels, num_scales), image_shape)


def _first_features(shape, layer, num_classes, condition_dim, seeds):
    """Returns the inputs of a coupling's network, and the features of its first layer.

    Args:
        shape: Tuple, the shape of the unchanged part.
        layer: Keras layer applied to that part.
        num_classes: Integer, for a bias per label; or `None`.
        condition_dim: Integer, for a bias that is linear in vectors; or `None`.
        seeds: Iterator of the seeds of initial weights.
    """
    kept = keras.layers.Input(shape)
    features = layer(kept)
    size = features.shape[-1]
    if num_classes is not None:
        condition = keras.layers.Input((), dtype="int32")
        initializer = keras.initializers.RandomNormal(stddev=0.05, seed=next(seeds))
        bias = keras.layers.Embedding(num_classes, size, initializer)(condition)
    elif condition_dim is not None:
        condition = keras.layers.Input((condition_dim,))
        bias = keras.layers.Dense(size, use_bias=False, kernel_initializer=_he(seeds))(
            condition
        )
    else:
        return kept, features
    bias = keras.layers.Reshape((*(1 for _ in shape[1:]), size))(bias)
    return [kept, condition], keras.layers.Add()([features, bias])


def _couplings(num_features, count, mask, network, conditional):
    """Returns alternating couplings, each preceded by an `ActNorm`."""
    small = num_features // 2
    sizes = num_features - small, small
    if mask == "checkerboard":
        sizes = num_features, num_features
    layers = []
    for index in range(count):
        flip = index % 2 == 1
        kept, changed = sizes[::-1] if flip else sizes
        coupling = AffineCoupling(
            network(kept, changed), mask, flip, conditional=conditional
        )
        layers += [ActNorm(), coupling]
    return layers


def _built(layers, sample_shape):
    flow = FlowChain(layers)
    flow.build((None, *sample_shape))
    return flow


def _check_couplings(num_couplings):
    if not is_integer(num_couplings) or num_couplings < 2:
        raise ValueError(
            "One coupling leaves half of a sample unchanged. Expected `num_couplings` "
            f">= 2. Received: {num_couplings}"
        )


def _check_conditions(num_classes, condition_dim):
    if num_classes is not None and condition_dim is not None:
        raise ValueError(
            "Expected `num_classes` or `condition_dim`, "
            f"not both. Received: num_classes={num_classes}, condition_dim="
            f"{condition_dim}. Append one-hot labels to the vectors."
        )


def _seeds(seed):
    if seed is not None:
        check_integer("seed", seed, least=-(2**31) // 1000, most=2**31 // 1000 - 1)
    return itertools.repeat(None) if seed is None else itertools.count(1000 * seed)


def _he(seeds):
    return keras.initializers.HeNormal(next(seeds))
