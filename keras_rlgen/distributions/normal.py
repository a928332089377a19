import math

import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.distributions.output_distribution import OutputDistribution

FEWEST_UPDATES = 1000.0


@keras.saving.register_keras_serializable("keras_rlgen")
class Normal(OutputDistribution):
    """Independent normal distributions around the network's output.

    With a fixed or scheduled scale the noise is exploration: the reward and the
    discriminator get noisy samples, real samples get the same noise, and `generate`
    returns the mean. If the two noisy distributions are equal, so are the clean ones,
    since adding Gaussian noise is one-to-one on distributions. With a learned scale the
    noise is part of the generated samples.

    Args:
        scale: Standard deviation in the sample's unit: a positive float; a pair of
            them, between which the scale falls geometrically over the generator updates
            of the first `fit`, or over 1,000 if it has fewer; or a
            `keras.optimizers.schedules.LearningRateSchedule` of the number of
            generator updates. Defaults to `0.1`.
        learned: Whether the scale is a trainable weight per element of the sample,
            initialised to `scale`. Defaults to `False`.
        min_scale: Float, the minimum of a learned scale.

    Raises:
        ValueError: If `scale` is not positive, or is no float and `learned`.

    Example:

    >>> normal = Normal(0.5)
    >>> float(normal.tfp_distribution(tf.zeros((1, 2))).stddev()[0, 0])
    0.5

    Reference:
        Noise on real and generated samples alike:
        [Sonderby et al., 2017](https://arxiv.org/abs/1610.04490), section 4.
    """

    reparameterized = True

    def __init__(self, scale=0.1, learned=False, min_scale=1e-3, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        schedule = keras.optimizers.schedules.LearningRateSchedule
        if isinstance(scale, dict):
            scale = keras.saving.deserialize_keras_object(scale)
        is_pair = isinstance(scale, (list, tuple)) and len(scale) == 2
        if not isinstance(scale, schedule):
            numbers = scale if is_pair else [scale]
            if not all(is_number(x) and 0.0 < x < math.inf for x in numbers):
                raise ValueError(
                    "Expected `scale` > 0, finite, a pair of such numbers, or a "
                    f"schedule of updates. Received: scale={scale!r}"
                )
            scale = tuple(map(float, scale)) if is_pair else float(scale)
        if learned and not isinstance(scale, float):
            raise ValueError(
                "A learned scale needs a float. Received a pair or a schedule as "
                "`scale` with `learned=True`; pass a float, or `learned=False`."
            )
        if not (is_number(min_scale) and min_scale > 0.0):
            raise ValueError(f"Expected `min_scale` > 0. Received: {min_scale}")
        self.scale = scale
        self.learned = learned
        self.min_scale = float(min_scale)
        self.exploration = not learned
        self.has_learned_entropy = learned
        self.updates = self.planned_updates = None
        if not isinstance(scale, float):
            self.updates = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="updates"
            )
        if is_pair:
            self.planned_updates = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(FEWEST_UPDATES),
                trainable=False,
                name="planned_updates",
            )

    def build(self, parameters_shape):
        if self.learned:
            self.log_scale = self.add_weight(
                shape=tuple(parameters_shape[1:]),
                initializer=keras.initializers.Constant(math.log(self.scale)),
                name="log_scale",
            )

    def current_scale(self):
        """Returns the current standard deviation, a float or float32 tensor."""
        if self.learned:
            return tf.maximum(tf.exp(self.log_scale), self.min_scale)
        if self.planned_updates is not None:
            first, last = self.scale
            done = tf.minimum(self.updates / self.planned_updates, 1.0)
            return first * (last / first) ** done
        if self.updates is not None:
            return tf.cast(self.scale(self.updates), tf.float32)
        return self.scale

    def plan(self, num_updates):
        if self.planned_updates is None:
            return
        # A scale that has fallen stays, however long it is trained further.
        if self.updates < self.planned_updates:
            planned = tf.maximum(self.planned_updates, self.updates + num_updates)
            self.planned_updates.assign(planned)

    def advance(self):
        if self.updates is not None:
            self.updates.assign_add(1.0)

    def tfp_distribution(self, parameters):
        return self.tempered(parameters, 1.0)

    def tempered(self, parameters, temperature):
        from tensorflow_probability import distributions as tfd

        normal = tfd.Normal(parameters, self.current_scale() * temperature)
        return tfd.Independent(normal, parameters.shape.rank - 1)

    def mode(self, parameters):
        return tf.cast(parameters, tf.float32)

    def perturb(self, samples, seed):
        if not self.exploration:
            return samples
        noise = tf.random.stateless_normal(tf.shape(samples), seed, dtype=samples.dtype)
        return samples + self.current_scale() * noise

    def get_config(self):
        scale = self.scale
        if self.planned_updates is not None:
            scale = list(scale)
        elif not isinstance(scale, float):
            scale = keras.saving.serialize_keras_object(scale)
        return {
            **super().get_config(),
            "scale": scale,
            "learned": self.learned,
            "min_scale": self.min_scale,
        }
