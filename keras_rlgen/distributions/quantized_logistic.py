"""A logistic distribution, quantised to levels."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class QuantizedLogistic(tfd.Distribution):
    """A logistic distribution rounded to evenly spaced levels in [-1, 1].

    Level `x` has the mass of the logistic distribution in the bin around it, with
    `h = 1 / (num_levels - 1)` half of the bin's width:

    ```
    P(x) = sigmoid((x + h - loc) / scale) - sigmoid((x - h - loc) / scale)
    ```

    The bins of -1 and 1 are unbounded. The logarithm is computed as
    `log sigmoid(a) + log sigmoid(-b) + log(1 - exp(b - a))`, which equals
    `log(sigmoid(a) - sigmoid(b))` and stays precise in the tails, and if bins are small
    relative to the scale; `tfp.distributions.QuantizedDistribution` subtracts.

    Args:
        loc: Float32 tensor, the location.
        scale: Float or float32 tensor that broadcasts with `loc`.
        num_levels: Integer, at least 2.
    """

    def __init__(self, loc, scale, num_levels, name="QuantizedLogistic"):
        parameters = dict(locals())
        self._loc = tf.convert_to_tensor(loc, tf.float32)
        self._scale = tf.convert_to_tensor(scale, tf.float32)
        self._num_levels = num_levels
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=name,
        )

    def _batch_shape(self):
        return tf.broadcast_static_shape(self._loc.shape, self._scale.shape)

    def _batch_shape_tensor(self):
        return tf.broadcast_dynamic_shape(tf.shape(self._loc), tf.shape(self._scale))

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _nearest(self, values):
        steps = self._num_levels - 1
        nearest = tf.round((values + 1.0) * (0.5 * steps))
        return tf.clip_by_value(nearest * (2.0 / steps) - 1.0, -1.0, 1.0)

    def _sample_n(self, n, seed=None):
        noise = tfd.Logistic(self._loc, self._scale).sample(n, seed=seed)
        return self._nearest(noise)

    def _log_prob(self, value):
        half_width = 1.0 / (self._num_levels - 1)
        value = self._nearest(value)
        upper = (value + half_width - self._loc) / self._scale
        lower = (value - half_width - self._loc) / self._scale
        log_cdf = tf.math.log_sigmoid(upper)
        log_survival = tf.math.log_sigmoid(-lower)
        inside = -tf.math.expm1(-2.0 * half_width / self._scale)
        return tf.where(
            value < -1.0 + half_width,
            log_cdf,
            tf.where(
                value > 1.0 - half_width,
                log_survival,
                log_cdf + log_survival + tf.math.log(inside),
            ),
        )

    def _mean(self):
        """The mean before rounding, within [-1, 1]; off by at most half a level."""
        low, high = (self._loc + 1.0) / self._scale, (self._loc - 1.0) / self._scale
        excess = tf.math.softplus(low) - tf.math.softplus(high)
        return tf.clip_by_value(self._scale * excess - 1.0, -1.0, 1.0)

    def _mode(self):
        shape = self._batch_shape_tensor()
        return self._nearest(tf.broadcast_to(self._loc, shape))

    def _entropy(self):
        levels = tf.linspace(-1.0, 1.0, self._num_levels)
        rank = self._batch_shape().rank
        log_probs = self._log_prob(tf.reshape(levels, [-1] + [1] * rank))
        return -tf.reduce_sum(tf.exp(log_probs) * log_probs, axis=0)
