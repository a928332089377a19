import keras
import tensorflow as tf

from keras_rlgen.layers.flow_layer import FlowLayer


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
        mean, variance = tf.nn.moments(samples, tuple(range(samples.shape.rank - 1)))
        self.shift.assign(mean)
        # A constant feature keeps its scale.
        self.log_scale.assign(
            tf.where(variance > 1e-6, -0.5 * tf.math.log(variance), 0.0)
        )
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
