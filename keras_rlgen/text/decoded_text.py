import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.text.tokenizer_reward import TokenizerReward


@keras.saving.register_keras_serializable("keras_rlgen")
class DecodedText(TokenizerReward):
    """Any Python function of the decoded texts as a reward.

    The function runs in Python in each training step. A model trained with it is not
    compiled by XLA, and the reward cannot be exported.

    Args:
        function: Callable from a list of strings to as many numbers. To be saved with a
            model it must be registered by
            `@keras.saving.register_keras_serializable()`.
        tokenizer: `Tokenizer` of the samples.
        name: String. Defaults to the function's name.

    Raises:
        TypeError: If `function` cannot be called, or `tokenizer` is none.
        ValueError: If the function returns another number of values, or one that is not
            finite.

    Example:

    >>> def vowels(texts):
    ...     return [sum(c in "aeiou" for c in text) / len(text) for text in texts]
    >>> tokenizer = CharacterTokenizer("abcde")
    >>> reward = DecodedText(vowels, tokenizer)
    >>> reward(tf.constant(tokenizer.encode(["abcd", "aa"], length=4))).numpy()
    array([0.25, 1.  ], dtype=float32)
    """

    def __init__(self, function, tokenizer, name=None, **kwargs):
        if not callable(function):
            raise TypeError(f"Expected a callable. Received: {function!r}")
        name = name or getattr(function, "__name__", type(function).__name__)
        super().__init__(tokenizer, name=name.strip("<>"), **kwargs)
        self.supports_jit = False
        self.function = function

    def score(self, tokens, lengths):
        if tf.executing_eagerly():
            return tf.constant(self._values(tokens.numpy()))
        values = tf.numpy_function(self._values, [tokens], tf.float32)
        return tf.ensure_shape(values, tokens.shape[:1])

    def _values(self, tokens):
        # Inside a graph a token of another encoding is scored as the end, and the
        # reward is then NaN.
        inside = (tokens >= 0) & (tokens < self.vocabulary_size)
        texts = self.tokenizer.decode(
            np.where(inside, tokens, self.vocabulary_size - 1)
        )
        values = np.asarray(self.function(texts), "float32")
        if values.shape != (len(texts),) or not np.isfinite(values).all():
            raise ValueError(
                f"Reward '{self.name}' expected one finite number for each of "
                f"{len(texts)} texts. Received: shape {values.shape}, values "
                f"{values.ravel()[:10].tolist()}"
            )
        return values

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "tokenizer", "function"))
