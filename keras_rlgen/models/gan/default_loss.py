"""The loss of a GAN that is compiled without one."""

import math

from keras_rlgen import losses
from keras_rlgen.losses.gradient_penalty import batch_normalisation

PENALTY_PER_ELEMENT = 0.005


def default_loss(discriminator, sample_shape):
    """Returns the loss of `GAN.compile` where none is given.

    Non-saturating, with an R1 penalty whose weight is 0.005 per element of a sample:
    0.32 for images of 8 x 8, 3.9 for 28 x 28. Distances between samples grow with the
    square root of their number of elements, so gradients that tell them apart shrink
    with it, and their squares with the number. Earlier defaults, without a penalty,
    learned nothing on MNIST (`docs/benchmarks.md`, "Defaults of GANs").

    A discriminator that normalises over the batch gets no penalty: its logits depend on
    all samples of a batch, for which the penalty is undefined.

    Args:
        discriminator: Keras model.
        sample_shape: Tuple, the shape of one sample.

    Returns:
        A `NonSaturating`.

    Reference:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406), equation 9; a weight
        in proportion to the number of pixels:
        [Karras et al., 2020](https://arxiv.org/abs/2006.06676), appendix C.

    Example:

    >>> discriminator = keras.Sequential(
    ...     [
    ...         keras.layers.Input((8, 8, 1)),
    ...         keras.layers.Flatten(),
    ...         keras.layers.Dense(1),
    ...     ]
    ... )
    >>> default_loss(discriminator, (8, 8, 1)).penalty.weight
    0.32
    """
    if batch_normalisation(discriminator) is not None:
        return losses.NonSaturating()
    weight = PENALTY_PER_ELEMENT * math.prod(sample_shape)
    return losses.NonSaturating(penalty=losses.R1Penalty(weight))
