import math

import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.distributions.output_distribution import OutputDistribution


@keras.saving.register_keras_serializable("keras_rlgen")
class DiscretizedLogistic(OutputDistribution):
    """Independent levels in [-1, 1], such as those of 8-bit images.

    The network's output is the locations of logistic distributions, best without a last
    activation or with `tanh`. A sample is one of `num_levels` evenly spaced values
    (`images / 127.5 - 1` for 256), and its probability the mass of the logistic
    distribution in the bin around it; the outermost bins are open. Values between
    levels are rounded to the nearest. Samples carry no gradient.

    Args:
        num_levels: Integer, at least 2. Defaults to 256.
        scale: Positive float, the logistic scale in the sample's unit. Defaults to
            `0.1`.
        learned: Whether the scale is a trainable weight per element of the sample,
            initialised to `scale`. Defaults to `True`.
        min_scale: Float, the minimum of a learned scale.

    Raises:
        ValueError: If `num_levels` is below 2, or a scale not positive.

    Example:

    >>> levels = DiscretizedLogistic(num_levels=3, learned=False)
    >>> levels.mode(tf.constant([[-2.0, 0.2, 0.7]])).numpy()
    array([[-1.,  0.,  1.]], dtype=float32)

    Reference:
        [Salimans et al., 2017](https://arxiv.org/abs/1701.05517), equation 2, with a
        single component and a scale that does not depend on the input.
    """

    value_range = (-1.0, 1.0)

    def __init__(
        self,
        num_levels=256,
        scale=0.1,
        learned=True,
        min_scale=1e-3,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not is_integer(num_levels) or num_levels < 2:
            raise ValueError(
                "Expected `num_levels` to be an integer of at least 2. "
                f"Received: {num_levels!r}"
            )
        for key, value in {"scale": scale, "min_scale": min_scale}.items():
            if not (is_number(value) and value > 0.0):
                raise ValueError(f"Expected `{key}` > 0. Received: {key}={value}")
        self.num_levels = num_levels
        self.scale = float(scale)
        self.learned = learned
        self.min_scale = float(min_scale)
        self.has_learned_entropy = learned

    def build(self, parameters_shape):
        if self.learned:
            self.log_scale = self.add_weight(
                shape=tuple(parameters_shape[1:]),
                initializer=keras.initializers.Constant(math.log(self.scale)),
                name="log_scale",
            )

    def current_scale(self):
        """Returns the current logistic scale, a float or float32 tensor."""
        if self.learned:
            return tf.maximum(tf.exp(self.log_scale), self.min_scale)
        return self.scale

    def tfp_distribution(self, parameters):
        return self.tempered(parameters, 1.0)

    def tempered(self, parameters, temperature):
        from tensorflow_probability import distributions as tfd

        from keras_rlgen.distributions.quantized_logistic import QuantizedLogistic

        scale = self.current_scale() * temperature
        levels = QuantizedLogistic(parameters, scale, self.num_levels)
        return tfd.Independent(levels, parameters.shape.rank - 1)

    def num_discrete(self, sample_shape):
        return math.prod(sample_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "num_levels": self.num_levels,
            "scale": self.scale,
            "learned": self.learned,
            "min_scale": self.min_scale,
        }
