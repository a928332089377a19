"""Penalties on the gradient of a discriminator with respect to its input."""

import math

import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.training.keras_internals import all_layers


def squared_gradient_norm(discriminator, samples):
    """Computes the squared norm of the gradient of the logits at each sample.

    Args:
        discriminator: Callable from samples to logits `(batch,)` or `(batch, 1)`.
        samples: Float tensor of shape `(batch, ...)`.

    Returns:
        Float32 tensor of shape `(batch,)`.
    """
    samples = tf.convert_to_tensor(samples)
    with tf.GradientTape() as tape:
        tape.watch(samples)
        logits = flatten_logits(discriminator(samples))
    gradient = tf.cast(tape.gradient(logits, samples), tf.float32)
    return tf.reduce_sum(tf.square(gradient), axis=range(1, gradient.shape.rank))


@keras.saving.register_keras_serializable("keras_rlgen")
class GradientPenalty:
    """Penalises gradient norms other than one between real and generated samples.

    The penalty is `weight * (||grad D(x)|| - 1)^2` at points `x` sampled uniformly on
    the lines between real and generated samples.

    Args:
        weight: Float, at least 0. Defaults to `10.0`.

    Reference:
        [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028), equation 3.
    """

    def __init__(self, weight=10.0):
        self.weight = check_weight(weight, type(self).__name__)

    def __call__(self, discriminator, real, generated, seed):
        """Computes the penalty.

        Args:
            discriminator: Callable from samples to logits.
            real: Float tensor of shape `(batch, ...)`.
            generated: Float tensor of the same shape.
            seed: Integer tensor of shape `(2,)`, for the points on the lines.

        Returns:
            Float32 scalar.
        """
        shape = [tf.shape(real)[0]] + [1] * (real.shape.rank - 1)
        position = tf.random.stateless_uniform(shape, seed, dtype=real.dtype)
        between = real + position * (generated - real)
        # The square root has no finite gradient at zero.
        norm = tf.sqrt(squared_gradient_norm(discriminator, between) + 1e-12)
        return self.weight * tf.reduce_mean(tf.square(norm - 1.0))

    def get_config(self):
        return {"weight": self.weight}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable("keras_rlgen")
class R1Penalty(GradientPenalty):
    """Penalises gradients at real samples: `weight / 2 * ||grad D(x)||^2`.

    Args:
        weight: Float, at least 0. Defaults to `1.0`.

    Reference:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406), equation 9.
    """

    def __init__(self, weight=1.0):
        super().__init__(weight)

    def __call__(self, discriminator, real, generated, seed):
        squares = squared_gradient_norm(discriminator, real)
        return 0.5 * self.weight * tf.reduce_mean(squares)


def check_weight(weight, owner):
    """Returns `weight` as a float, or raises `ValueError` if it is negative."""
    if not (is_number(weight) and 0.0 <= weight < math.inf):
        raise ValueError(
            f"`{owner}` expected `weight` >= 0. Received: weight={weight!r}"
        )
    return float(weight)


def check_penalised(discriminator, penalty):
    """Raises an error if a gradient penalty is undefined for a discriminator.

    The penalty is on the gradient of each sample's own logit. Batch normalisation makes
    a logit depend on the other samples, and training then stands still.

    Args:
        discriminator: Keras model.
        penalty: `GradientPenalty`, `R1Penalty` or `None`.

    Raises:
        ValueError: If there is a penalty, and a layer normalises over the batch.

    Reference:
        [Gulrajani et al., 2017](https://arxiv.org/abs/1704.00028), section 4.
    """
    layer = batch_normalisation(discriminator)
    if penalty is not None and layer is not None:
        raise ValueError(
            f"`{type(penalty).__name__}` needs a discriminator whose logit depends "
            "on one sample alone. Received one with the layer "
            f"'{layer.name}', a `{type(layer).__name__}`, which mixes the samples "
            "of a batch. Use `LayerNormalization` or `GroupNormalization`, or a "
            "loss without a penalty."
        )


def batch_normalisation(discriminator):
    """Returns the first layer that normalises over the batch, or `None`.

    Args:
        discriminator: Keras model.
    """
    for layer in all_layers(discriminator):
        if isinstance(layer, keras.layers.BatchNormalization):
            return layer
    return None
