import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_rlgen")
class RunningMoments(keras.layers.Layer):
    """The running mean and standard deviation of a stream of batches.

    Exponential averages of the batches' means and mean squares, corrected for their
    start at zero as Adam corrects its own. A batch that is not finite is left out.

    Args:
        momentum: Float in [0, 1): how much of the averages a batch keeps. Defaults to
            0.99.
        epsilon: Float, added to the standard deviation. Defaults to 1e-4.

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
        correction.
    """

    def __init__(self, momentum=0.99, epsilon=1e-4, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not 0.0 <= momentum < 1.0:
            raise ValueError(
                f"Expected `momentum` in [0, 1). Received: momentum={momentum}"
            )
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.weight, self.average, self.average_square = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
            for name in ("weight", "average", "average_square")
        )
        self.built = True

    def update(self, values):
        """Takes in a batch.

        Args:
            values: Float32 tensor of any shape.
        """
        keep = self.momentum
        square = tf.reduce_mean(tf.square(values))
        finite = tf.math.is_finite(square)
        for average, new in (
            (self.weight, 1.0),
            (self.average, tf.reduce_mean(values)),
            (self.average_square, square),
        ):
            moved = keep * average + (1.0 - keep) * new
            average.assign(tf.where(finite, moved, average.value))

    def moments(self):
        """Returns the mean and the standard deviation, float32 scalars."""
        weight = tf.maximum(tf.convert_to_tensor(self.weight), 1e-12)
        mean = self.average / weight
        variance = tf.maximum(self.average_square / weight - tf.square(mean), 0.0)
        deviation = tf.sqrt(variance) + self.epsilon
        return mean, tf.where(self.weight > 0.0, deviation, 1.0)

    def call(self, values):
        mean, deviation = self.moments()
        return (values - mean) / deviation

    def restore(self, values):
        """Returns what `call` was given, from what it returned."""
        mean, deviation = self.moments()
        return mean + deviation * values

    def get_config(self):
        config = {"momentum": self.momentum, "epsilon": self.epsilon}
        return {**super().get_config(), **config}
