import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class TokenEmbedding(keras.layers.Layer):
    """Embeds tokens, and their place in a repeated pattern.

    There is one token more than in the vocabulary: the start token, whose index is
    `vocabulary_size`.

    Args:
        vocabulary_size: Integer >= 2.
        dim: Integer >= 1, the size of the embedding.
        voices: Integer, the tokens of a step, whose embeddings are added; `None` for
            one token, without an axis.
        period: Integer: an embedding of the position modulo `period` is added, for
            sequences in which voices take turns. `None` for none.

    Raises:
        ValueError: If a size is out of its range.

    Example:

    >>> embedding = TokenEmbedding(5, dim=8)
    >>> embedding(tf.constant([[5, 0, 4]]), tf.constant([[0, 1, 2]])).shape
    TensorShape([1, 3, 8])
    """

    def __init__(self, vocabulary_size, dim, voices=None, period=None, **kwargs):
        super().__init__(**kwargs)
        sizes = {"vocabulary_size": (vocabulary_size, 2), "dim": (dim, 1)}
        sizes |= {"voices": (voices, 1), "period": (period, 1)}
        for key, (value, least) in sizes.items():
            optional = key in ("voices", "period") and value is None
            if not optional and (not is_integer(value) or value < least):
                raise ValueError(
                    f"Expected `{key}` to be an integer >= {least}. Received: {value!r}"
                )
        self.vocabulary_size = vocabulary_size
        self.dim = dim
        self.voices = voices
        self.period = period
        rows = (vocabulary_size + 1) * (voices or 1)
        self.table = self.add_weight((rows, dim), "uniform", name="table")
        if period is not None:
            self.places = self.add_weight((period, dim), "uniform", name="places")
        self.built = True

    def call(self, tokens, positions):
        """Embeds tokens.

        Args:
            tokens: Int32 tensor `(..., voices)`, or `(...)` without voices.
            positions: Int32 tensor that broadcasts to `(...)`, the number of tokens
                before.

        Returns:
            Tensor `(..., dim)`.
        """
        if self.voices is None:
            embedded = tf.gather(self.table, tokens)
        else:
            # A product, since gathering a row for each of many voices is slower.
            chosen = tf.one_hot(
                tokens, self.vocabulary_size + 1, dtype=self.compute_dtype
            )
            shape = [*tokens.shape[:-1], self.table.shape[0]]
            shape = [-1 if size is None else size for size in shape]
            if shape.count(-1) > 1:
                shape = tf.concat([tf.shape(tokens)[:-1], shape[-1:]], axis=0)
            embedded = tf.reshape(chosen, shape) @ tf.convert_to_tensor(self.table)
        if self.period is not None:
            embedded += tf.gather(self.places, positions % self.period)
        return embedded

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "dim": self.dim,
            "voices": self.voices,
            "period": self.period,
        }
