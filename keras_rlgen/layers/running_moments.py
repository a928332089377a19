import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.training import replicas

RESOLUTION = 2.0**-20  # of float32, with a margin


@keras.saving.register_keras_serializable("keras_rlgen")
class RunningMoments(keras.layers.Layer):
    """The running mean and standard deviation of a stream of batches.

    They come from exponential averages of the batches' means and mean squares, with
    Adam's bias correction. They are computed from deviations from the mean, so that the
    standard deviation may be small relative to it: down to about 1e-6 of it, the
    precision of float32. Non-finite batches are skipped.

    Args:
        momentum: Float in [0, 1): the decay of the averages per batch. Defaults to
            0.99.
        epsilon: Float, added to the standard deviation. Defaults to 1e-8.

    Call arguments:
        values: Float32 tensor of any shape.

    Returns:
        `(values - mean) / deviation`, of the shape of `values`. Before the first
        `update` the mean is 0 and the deviation 1.

    Raises:
        ValueError: If `momentum` is not in [0, 1).

    Example:

    >>> moments = RunningMoments(momentum=0.5)
    >>> moments.update(tf.constant([2.0, 4.0]))
    >>> moments(tf.constant([3.0, 5.0])).numpy().round(2)
    array([0., 2.], dtype=float32)

    Reference:
        [Kingma & Ba, 2015](https://arxiv.org/abs/1412.6980), section 3, for the
        correction;
        [Chan, Golub & LeVeque, 1983](https://doi.org/10.1080/00031305.1983.10483115),
        equation 2.1, for the deviations, with weights in place of counts.
    """

    def __init__(self, momentum=0.99, epsilon=1e-8, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not (is_number(momentum) and 0.0 <= momentum < 1.0):
            raise ValueError(
                f"Expected `momentum` in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.weight, self.mean, self.mean_remainder, self.squared_deviation = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
            for name in ("weight", "mean", "mean_remainder", "squared_deviation")
        )
        self.built = True

    def update(self, values):
        """Updates the moments from a batch, that of all replicas.

        Args:
            values: Float32 tensor of any shape.
        """
        keep, take = self.momentum, 1.0 - self.momentum
        from_mean = self._from_mean(values)
        shift = replicas.mean(tf.reduce_mean(from_mean))
        within = replicas.mean(tf.reduce_mean(tf.square(from_mean - shift)))
        weight = keep * self.weight + take
        between = keep * self.weight / weight * tf.square(shift)
        squared_deviation = keep * self.squared_deviation + take * (within + between)
        # The mean is the sum of two floats, so that small changes are not rounded off.
        step = self.mean_remainder + take / weight * shift
        mean = self.mean + step
        remainder = step - (mean - self.mean)
        finite = tf.math.is_finite(squared_deviation) & tf.math.is_finite(mean)
        for variable, new in (
            (self.weight, weight),
            (self.mean, mean),
            (self.mean_remainder, remainder),
            (self.squared_deviation, squared_deviation),
        ):
            variable.assign(tf.where(finite, new, variable.value))

    def moments(self):
        """Returns the mean and the standard deviation, float32 scalars."""
        weight = tf.maximum(tf.convert_to_tensor(self.weight), 1e-12)
        deviation = tf.sqrt(self.squared_deviation / weight)
        # What rounding does to large values is no spread, in any unit.
        rounding = RESOLUTION * tf.abs(tf.convert_to_tensor(self.mean))
        deviation = tf.maximum(deviation, rounding) + self.epsilon
        deviation = tf.where(self.weight > 0.0, deviation, 1.0)
        return tf.convert_to_tensor(self.mean), deviation

    def call(self, values):
        _, deviation = self.moments()
        return self._from_mean(values) / deviation

    def _from_mean(self, values):
        return (values - self.mean) - self.mean_remainder

    def restore(self, values):
        """Inverts `call`: returns the values before normalisation."""
        mean, deviation = self.moments()
        return mean + deviation * values

    def load_own_variables(self, store):
        """Loads the state, also of earlier files: weight, average, average square."""
        if len(store.keys()) != 3:
            return super().load_own_variables(store)
        weight, average, average_square = (float(store[k][()]) for k in "012")
        mean = average / weight if weight else 0.0
        self.weight.assign(weight)
        self.mean.assign(mean)
        self.mean_remainder.assign(mean - float(np.float32(mean)))
        self.squared_deviation.assign(max(average_square - average * mean, 0.0))

    def get_config(self):
        config = {"momentum": self.momentum, "epsilon": self.epsilon}
        return {**super().get_config(), **config}
