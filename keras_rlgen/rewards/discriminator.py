import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.refuse_transition import refuse_transition
from keras_rlgen.rewards.reward import Reward

KINDS = {
    "score": tf.sigmoid,
    "log_score": tf.math.log_sigmoid,
    "logit": tf.identity,
    "softplus": tf.nn.softplus,
    "error": lambda logits: tf.cast(logits > 0.0, tf.float32),
}
# Functions of the probability D(x) = sigmoid(logit).
OF_PROBABILITIES = ("score", "log_score", "softplus")


@keras.saving.register_keras_serializable("keras_rlgen")
class Discriminator(Reward):
    """How real a sample is according to a discriminator.

    Args:
        kind: One of
            - `"score"`: `D(x)`, in (0, 1);
            - `"log_score"`: `log D(x)`, in nats, at most 0;
            - `"softplus"`: `-log(1 - D(x))`, in nats, at least 0;
            - `"logit"`: the logit of `D(x)`, unbounded; for losses other than
              cross-entropy the discriminator's output;
            - `"error"`: 1 if the discriminator misclassifies a generated sample as
              real, else 0: if its logit is above the decision boundary of its loss,
              which for cross-entropy is `D(x) > 1/2`. The discriminator is trained
              against the same error.

            All but `"logit"` and `"error"` interpret the output as the logit of a
            probability, and so need a loss whose boundary is at 0, such as
            cross-entropy.
        discriminator: Keras model from samples to logits (real is high), `(batch,)`
            or `(batch, 1)`; one with two inputs gets `[samples, condition]`. Its
            boundary is assumed to be at 0. Defaults to the discriminator of the model
            that the reward is compiled with.

    Raises:
        ValueError: If `kind` is unknown; if the reward is called without a
            discriminator, or without the condition that it needs; if it is compiled
            with a second model, or with a loss for which `kind` is undefined.
        TypeError: If a functional or sequential `discriminator` is given transitions.

    Example:

    ```python
    reward = Discriminator("log_score") + 0.1 * Sharpness()
    gan.compile(reward=reward)
    ```

    Reference:
        [Ho & Ermon, 2016](https://arxiv.org/abs/1606.03476), algorithm 1, with the
        other polarity of `D`, for `"softplus"`.
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
        self._boundary = 0.0

    def bind(self, discriminator, loss=None):
        bound_to_another = self._logits not in (None, discriminator)
        if self.discriminator is None and discriminator and bound_to_another:
            raise ValueError(
                f"Reward '{self.name}' uses the discriminator of one model. "
                "Received: that of a second. Make a reward for each model, or pass "
                "`Discriminator(kind, discriminator=...)` to use one network for both."
            )
        if self.discriminator is None and discriminator and loss is not None:
            self._check_kind(loss)
            self._boundary = loss.boundary
        self._logits = discriminator

    def _check_kind(self, loss):
        """Raises `ValueError` if the kind is undefined for logits of this loss."""
        if self.kind == "error" and loss.boundary is None:
            reason = "has no boundary between real and generated samples"
        elif self.kind in OF_PROBABILITIES and loss.boundary != 0.0:
            reason = "gives no logits of a probability D(x)"
        else:
            return
        raise ValueError(
            f"Reward '{self.name}' is of kind '{self.kind}', and a discriminator "
            f"trained by `{type(loss).__name__}` {reason}. Use "
            "`rewards.Discriminator('logit')`, or a loss of cross-entropy, such as "
            "`loss='non_saturating'`."
        )

    def call(self, samples, condition=None, training=None):
        if self.discriminator is not None:
            inputs = self._inputs(samples, condition)
            logits = self.discriminator(inputs, training=False)
        elif self._logits is not None:
            logits = self._logits(samples, condition, training=training)
        else:
            raise ValueError(
                f"Reward '{self.name}' has no discriminator. Compile it with a model "
                "that has one, or pass `Discriminator(kind, discriminator=...)`."
            )
        logits = tf.cast(logits, tf.float32)
        if logits.shape.rank == 2 and logits.shape[-1] == 1:
            logits = tf.squeeze(logits, axis=-1)
        if self.kind == "error" and self._boundary:
            logits -= self._boundary
        return KINDS[self.kind](logits)

    def _inputs(self, samples, condition):
        """Returns the inputs of the reward's own discriminator."""
        inputs = getattr(self.discriminator, "inputs", None)
        if inputs is None:
            return samples
        refuse_transition(self, samples)
        if len(inputs) != 2 or tf.nest.is_nested(samples):
            return samples
        if condition is None:
            raise ValueError(
                f"Reward '{self.name}' has a discriminator with two inputs, and "
                "expected the condition of the samples for the second. Received: None. "
                "Compile a conditional model with it, or pass "
                "`reward(samples, condition)`."
            )
        return [samples, condition]

    def get_config(self):
        discriminator = keras.saving.serialize_keras_object(self.discriminator)
        config = {"kind": self.kind, "discriminator": discriminator}
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "discriminator"))
