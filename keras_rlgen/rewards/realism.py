import keras

from keras_rlgen.experience import Transition
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.model_reward import ModelReward
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen", name="RealismReward")
class Realism(ModelReward, Reward):
    """How likely a sample is according to a generative model, in nats.

    It is `model.log_prob`: exact for a `RealNVP` of vectors and a `PixelCNN`, a lower
    bound for a `VAE`. An estimated bound uses the same random numbers in every call.
    Of a transition it scores the next observation or, with a codec, the observation and
    the action together: how close an agent stays to what the model was trained on.

    A log-likelihood has no lower limit: limit it by `rewards.Clipped`. It grows with
    the size of a sample, and is a density for real numbers, so that only differences
    mean something.

    Args:
        model: Generative model such as `keras_rlgen.models.VAE`, `PixelCNN` or
            `RealNVP`. It is not trained.
        codec: `keras_rlgen.experience.TransitionCodec`, for a model that was trained on
            `codec.encode_inputs(observation, action)`; or `None`.
        per_dimension: Whether the log-likelihood is divided by the numbers of a
            sample.
        name: String.

    Raises:
        TypeError: If the model has no `log_prob`, or there is a codec and samples are
            not transitions.
        ValueError: If the samples do not fit the model.

    Example:

    ```python
    vae.fit(images, epochs=20)
    reward = rewards.Clipped(rewards.Realism(vae, per_dimension=True), -5.0, 0.0)
    reward(samples)  # float32 (batch,)
    ```
    """

    def __init__(self, model, codec=None, per_dimension=False, name=None, **kwargs):
        super().__init__(model, needs=("log_prob",), name=name, **kwargs)
        self.codec = codec
        self.per_dimension = per_dimension

    def call(self, samples, condition=None, training=None):
        if isinstance(samples, Transition):
            if self.codec is None:
                samples = samples.next_observation
            else:
                samples = self.codec.encode_inputs(samples.observation, samples.action)
        elif self.codec is not None:
            raise TypeError(
                f"Reward '{self.name}' has a codec of transitions, and expected a "
                f"`Transition`. Received: samples of type {type(samples).__name__}. "
                "Leave the codec out to score samples as they are."
            )
        value = self.model.log_prob(samples, condition, seed=0)
        if self.per_dimension:
            value /= float(samples.shape[1:].num_elements())
        return value

    def get_config(self):
        return {
            **super().get_config(),
            "codec": keras.saving.serialize_keras_object(self.codec),
            "per_dimension": self.per_dimension,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "model", "codec"))
