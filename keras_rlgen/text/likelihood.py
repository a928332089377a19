import keras
import tensorflow as tf

from keras_rlgen.rewards.model_reward import ModelReward
from keras_rlgen.text.token_reward import TokenReward


@keras.saving.register_keras_serializable("keras_rlgen", name="TokenLikelihood")
class Likelihood(ModelReward, TokenReward):
    """Minus the log of the perplexity under a reference model, in nats per token.

    `log p(x) / (number of tokens)`, at most 0. The end token is one of the tokens;
    padding is not. The likeliest sequences are dull, and repeat themselves: combine
    this with `Repetition`, or limit it by `keras_rlgen.rewards.Clipped`.

    Args:
        model: Generative model of tokens with `log_prob`, such as a trained
            `keras_rlgen.SequenceGenerator`. It is not trained.
        name: String.

    Raises:
        TypeError: If the model has no `log_prob`, or samples are not integers.
        ValueError: If samples are not of the model's length or vocabulary.

    Example:

    ```python
    reference.fit(tokens, epochs=20)
    reward = text.Likelihood(reference)
    reward(generator.generate(16))  # float32 (16,)
    ```
    """

    def __init__(self, model, name=None, **kwargs):
        kwargs.pop("vocabulary_size", None)
        kwargs.pop("end_token", None)
        super().__init__(
            model,
            getattr(model, "vocabulary_size", None),
            getattr(model, "end_token", None),
            needs=("log_prob",),
            name=name,
            **kwargs,
        )

    def call(self, samples, condition=None, training=None):
        tokens = self._checked(samples)
        steps = tokens.shape[1]
        # The end token is a step too, where there is one.
        steps = tf.minimum(self._lengths(tokens) + 1, steps)
        log_probs = self.model.log_prob(tokens, condition, seed=0)
        return log_probs / tf.cast(steps, tf.float32)
