import keras
import tensorflow as tf

from keras_rlgen.text.tokenizer_reward import TokenizerReward


@keras.saving.register_keras_serializable("keras_rlgen")
class Keywords(TokenizerReward):
    """The fraction of keywords that a text has, in [0, 1].

    A keyword is found where its tokens follow each other. With a `CharacterTokenizer`
    that is any part of the text; with a `BytePairTokenizer`, whose tokens depend on the
    text around, use `DecodedText` instead.

    Args:
        keywords: Sequence of strings, words or phrases.
        tokenizer: `Tokenizer` of the samples.
        name: String.

    Raises:
        TypeError: If `keywords` is one string, or `tokenizer` none.
        ValueError: If there is no keyword, or one that the vocabulary lacks.

    Example:

    >>> tokenizer = WordTokenizer(["a", "red", "bus", "car"])
    >>> reward = Keywords(["red bus", "car"], tokenizer)
    >>> reward(tf.constant(tokenizer.encode(["a red bus", "a bus"], 4))).numpy()
    array([0.5, 0. ], dtype=float32)
    """

    def __init__(self, keywords, tokenizer, name=None, **kwargs):
        super().__init__(tokenizer, name=name, **kwargs)
        if isinstance(keywords, str):
            raise TypeError(
                "Expected a sequence of strings. Received one string. Put it into a "
                "list."
            )
        self.keywords = list(keywords)
        self._patterns = [tokenizer.tokenize(keyword) for keyword in self.keywords]
        if not self._patterns or not all(self._patterns):
            raise ValueError(
                f"Expected keywords, none empty. Received: {self.keywords}"
            )
        unknown = getattr(tokenizer, "unknown", None)
        if unknown is not None:
            (token,) = (tokenizer.vocabulary.index(unknown),)
            lacking = [
                keyword
                for keyword, tokens in zip(self.keywords, self._patterns, strict=True)
                if token in tokens
            ]
            if lacking:
                raise ValueError(
                    "Expected keywords of the tokenizer's vocabulary. Received: "
                    f"{lacking}, with words that it lacks"
                )

    def score(self, tokens, lengths):
        found = [self._has(tokens, lengths, pattern) for pattern in self._patterns]
        return tf.reduce_mean(tf.cast(tf.stack(found, axis=1), tf.float32), axis=1)

    def _has(self, tokens, lengths, pattern):
        """Returns whether sequences have a run of tokens, bool `(batch,)`."""
        places = tokens.shape[1] - len(pattern) + 1
        if places < 1:
            return tf.zeros_like(lengths, tf.bool)
        here = tf.range(places) < lengths[:, tf.newaxis] - len(pattern) + 1
        for offset, token in enumerate(pattern):
            here &= tf.equal(tokens[:, offset : offset + places], token)
        return tf.reduce_any(here, axis=1)

    def get_config(self):
        return {**super().get_config(), "keywords": self.keywords}
