import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward

KINDS = {
    "score": tf.sigmoid,
    "log_score": tf.math.log_sigmoid,
    "logit": tf.identity,
    "error": lambda logits: tf.cast(logits > 0.0, tf.float32),
}


@keras.saving.register_keras_serializable("keras_rlgen")
class Discriminator(Reward):
    """How real a discriminator finds a sample.

    Args:
        kind: One of
            - `"score"`: `D(x)`, in (0, 1);
            - `"log_score"`: `log D(x)`, in nats, at most 0;
            - `"logit"`: the logit of `D(x)`, unbounded;
            - `"error"`: 1 where the discriminator errs on a generated sample,
              `D(x) > 1/2`, else 0. The same event is the discriminator's penalty.
        discriminator: Keras model from samples to logits (real is high), `(batch,)`
            or `(batch, 1)`. Defaults to the discriminator of the one model that the
            reward is compiled with.

    Raises:
        ValueError: If `kind` is unknown, if the reward is called without a
            discriminator, or if it is compiled with a second model.

    Example:

    ```python
    reward = Discriminator("log_score") + 0.1 * Sharpness()
    gan.compile(reward=reward)
    ```
    """

    def __init__(self, kind="log_score", discriminator=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if kind not in KINDS:
            raise ValueError(
                f"Unknown kind of discriminator reward: {kind!r}. "
                f"Expected one of {sorted(KINDS)}."
            )
        self.kind = kind
        self.discriminator = discriminator
        self._logits = None

    def bind(self, discriminator):
        bound_to_another = self._logits not in (None, discriminator)
        if self.discriminator is None and discriminator and bound_to_another:
            raise ValueError(
                f"Reward '{self.name}' judges by the discriminator of one model. "
                "Received: that of a second. Make a reward for each model, or pass "
                "`Discriminator(kind, discriminator=...)` to judge both by one network."
            )
        self._logits = discriminator

    def call(self, samples, training=None):
        if self.discriminator is not None:
            logits = self.discriminator(samples, training=False)
        elif self._logits is not None:
            logits = self._logits(samples, training=training)
        else:
            raise ValueError(
                f"Reward '{self.name}' has no discriminator. Compile it with a model "
                "that has one, or pass `Discriminator(kind, discriminator=...)`."
            )
        logits = tf.cast(logits, tf.float32)
        if logits.shape.rank == 2 and logits.shape[-1] == 1:
            logits = tf.squeeze(logits, axis=-1)
        return KINDS[self.kind](logits)

    def get_config(self):
        discriminator = keras.saving.serialize_keras_object(self.discriminator)
        config = {"kind": self.kind, "discriminator": discriminator}
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "discriminator"))
