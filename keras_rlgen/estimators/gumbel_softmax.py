import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.estimators.gradient_estimator import GradientEstimator


@keras.saving.register_keras_serializable("keras_rlgen")
class GumbelSoftmax(GradientEstimator):
    """The pathwise gradient of soft codes, `softmax((logits + noise) / t)`.

    It has low variance, but is biased: the decoder gets mixtures of codes, not codes. A
    lower temperature `t` decreases the bias and increases the variance.

    Args:
        num_samples: Integer, the number of latents per sample.
        temperature: Positive float, or a
            `keras.optimizers.schedules.LearningRateSchedule` of the number of
            updates. Defaults to 0.5.

    Raises:
        ValueError: If `temperature` is not positive.

    Reference:
        [Jang et al., 2017](https://arxiv.org/abs/1611.01144), section 2;
        [Maddison et al., 2017](https://arxiv.org/abs/1611.00712).
    """

    latent_kinds = ("categorical",)
    pathwise = True
    unbiased = False

    def __init__(self, num_samples=1, temperature=0.5, name=None, **kwargs):
        super().__init__(num_samples, name=name, **kwargs)
        if isinstance(temperature, dict):
            temperature = keras.saving.deserialize_keras_object(temperature)
        self.updates = None
        if isinstance(temperature, keras.optimizers.schedules.LearningRateSchedule):
            self.updates = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="updates"
            )
        elif not (is_number(temperature) and temperature > 0.0):
            raise ValueError(
                f"Expected `temperature` > 0. Received: temperature={temperature}. "
                "Values from 0.3 to 1 are usual."
            )
        self.temperature = temperature

    def current_temperature(self):
        """Returns the current temperature, a float or float32 tensor."""
        if self.updates is not None:
            return tf.cast(self.temperature(self.updates), tf.float32)
        return float(self.temperature)

    def draw(self, posterior, seed):
        from tensorflow_probability import distributions as tfd

        logits = posterior.distribution.logits
        relaxed = tfd.RelaxedOneHotCategorical(self.current_temperature(), logits)
        codes = relaxed.sample(self.num_samples, seed=seed)
        return tf.ensure_shape(codes, [self.num_samples, *logits.shape])

    def learn(self, draws, encoder):
        if self.updates is not None:
            self.updates.assign_add(1.0)

    def get_config(self):
        temperature = self.temperature
        if self.updates is not None:
            temperature = keras.saving.serialize_keras_object(temperature)
        return {**super().get_config(), "temperature": temperature}
