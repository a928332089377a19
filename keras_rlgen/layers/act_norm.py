import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.layers.flow_layer import FlowLayer

RESOLUTION = 2.0**-20  # of float32, with a margin


@keras.saving.register_keras_serializable("keras_rlgen")
class ActNorm(FlowLayer):
    """Scales and shifts each feature or channel: `z = (x - shift) * exp(log_scale)`.

    `initialize` normalises the features of a batch to mean zero and variance one; from
    then on both are ordinary weights. Unlike batch normalisation, the output does not
    depend on the rest of the batch, so the density is that of a single sample.

    Input shape:
        `(batch, features)` or `(batch, height, width, channels)`.

    Output shape:
        The same.

    Example:

    >>> layer = ActNorm()
    >>> samples = tf.constant([[1.0], [3.0]])
    >>> layer.initialize(samples).numpy()
    array([[-1.],
           [ 1.]], dtype=float32)

    Reference:
        [Kingma & Dhariwal, 2018](https://arxiv.org/abs/1807.03039), section 3.1.
    """

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.shift = self.add_weight(shape=shape, initializer="zeros", name="shift")
        self.log_scale = self.add_weight(
            shape=shape, initializer="zeros", name="log_scale"
        )

    def initialize(self, samples, condition=None):
        self.ensure_built(samples.shape)
        axes = tuple(range(samples.shape.rank - 1))
        values = tf.cast(samples, tf.float64)
        mean, variance = tf.nn.moments(values, axes)
        self.shift.assign(tf.cast(mean, tf.float32))
        # Relative to the values, so that their unit does not matter: what rounding to
        # float32 does is no spread. A constant feature keeps its scale.
        rounding = RESOLUTION * tf.reduce_max(tf.abs(values), axes)
        deviation = tf.maximum(tf.sqrt(variance), rounding)
        equal = tf.reduce_max(values, axes) == tf.reduce_min(values, axes)
        constant = equal | (deviation < np.finfo("float32").tiny)
        scale = tf.where(constant, tf.ones_like(deviation), deviation)
        self.log_scale.assign(tf.cast(-tf.math.log(scale), tf.float32))
        return self.forward_and_log_det(samples, condition)[0]

    def _forward(self, samples, condition):
        latents = (samples - self.shift) * tf.exp(self.log_scale)
        return latents, self._log_det(samples)

    def _inverse(self, latents, condition):
        samples = latents * tf.exp(-self.log_scale) + self.shift
        return samples, -self._log_det(latents)

    def _log_det(self, samples):
        positions = tf.reduce_prod(tf.shape(samples)[1:-1])
        log_det = tf.cast(positions, tf.float32) * tf.reduce_sum(self.log_scale)
        return tf.fill(tf.shape(samples)[:1], log_det)
