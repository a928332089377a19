import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.layers.causal_self_attention import CausalSelfAttention
from keras_rlgen.models.sequence.token_embedding import TokenEmbedding
from keras_rlgen.models.sequence.token_logits import TokenLogits


@keras.saving.register_keras_serializable("keras_rlgen")
class TransformerBackbone(keras.layers.Layer):
    """A causal transformer that predicts the next token of a sequence.

    Layer normalisation comes before attention and before the dense layers; positions
    have learned embeddings. In sampling, keys and values of earlier tokens are kept, so
    that a step costs one token.

    Args:
        vocabulary_size: Integer >= 2, tokens are in `[0, vocabulary_size)`.
        max_length: Integer >= 1, the most tokens that it sees, start token and prompt
            included: the length of the sequences without a prompt.
        width: Integer >= 1, the size of its features.
        num_layers: Integer >= 1.
        num_heads: Integer that divides `width`.
        dropout: Float in [0, 1), the dropout of the embeddings and of what each part
            adds to the features.
        voices: As in `RecurrentBackbone`.
        period: As in `RecurrentBackbone`.
        name: String.

    Call arguments:
        tokens: Int32 tensor `(batch, steps[, voices])`. The start token is
            `vocabulary_size`.
        training: Boolean, for the dropout.

    Returns:
        Float32 logits of the tokens that follow, `(batch, steps[, voices],
        vocabulary_size)`.

    Raises:
        ValueError: If an argument is out of its range; when called, if there are more
            than `max_length` tokens.

    Example:

    >>> backbone = TransformerBackbone(12, max_length=3, width=8, num_heads=2)
    >>> backbone(tf.constant([[12, 3, 4]])).shape
    TensorShape([1, 3, 12])

    Reference:
        [Radford et al., 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf),
        section 2.3, without its weight initialisation and shared embeddings.
    """

    def __init__(
        self,
        vocabulary_size,
        max_length,
        width=128,
        num_layers=4,
        num_heads=4,
        dropout=0.0,
        voices=None,
        period=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        for key, value in {"max_length": max_length, "num_layers": num_layers}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        self.vocabulary_size = vocabulary_size
        self.max_length = max_length
        self.width = width
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.dropout = dropout
        self.voices = voices
        self.period = period
        policy = self.dtype_policy
        self.embedding = TokenEmbedding(
            vocabulary_size, width, voices, period, dtype=policy
        )
        self.places = self.add_weight((max_length, width), "uniform", name="places")
        self.drop = keras.layers.Dropout(dropout, dtype=policy)
        self.attention, self.dense, self.norms = [], [], []
        for _ in range(num_layers):
            self.attention.append(CausalSelfAttention(width, num_heads, dtype=policy))
            self.dense.append(
                (
                    keras.layers.Dense(4 * width, activation="gelu", dtype=policy),
                    keras.layers.Dense(width, dtype=policy),
                )
            )
            self.dense[-1][0].build((None, width))
            self.dense[-1][1].build((None, 4 * width))
        for _ in range(2 * num_layers + 1):
            norm = keras.layers.LayerNormalization(epsilon=1e-5, dtype=policy)
            norm.build((None, width))
            self.norms.append(norm)
        self.output_logits = TokenLogits(vocabulary_size, width, voices, dtype=policy)
        self.built = True

    def call(self, tokens, training=None):
        length = tokens.shape[1]
        if length is not None and length > self.max_length:
            raise ValueError(
                f"Expected at most max_length={self.max_length} tokens, start token "
                f"and prompt included. Received: {length}. Make `max_length` larger."
            )
        positions = tf.range(tf.shape(tokens)[1])
        x = self.embedding(tokens, positions) + self._places_at(positions)
        x = self.drop(x, training=training)
        for index in range(self.num_layers):
            y = self.attention[index](self.norms[2 * index](x))
            x += self.drop(y, training=training)
            y = self._dense(index, self.norms[2 * index + 1](x))
            x += self.drop(y, training=training)
        return self.output_logits(self.norms[-1](x))

    def start(self, count):
        """Returns the state before the first token. See `RecurrentBackbone.start`."""
        caches = [a.empty_cache(count, self.max_length) for a in self.attention]
        return {"position": tf.zeros((count,), tf.int32), "caches": caches}

    def step(self, tokens, state):
        """Predicts the tokens that follow. See `RecurrentBackbone.step`."""
        position = state["position"]
        x = self.embedding(tokens, position) + self._places_at(position)
        caches = []
        for index, cache in enumerate(state["caches"]):
            y, cache = self.attention[index].step(
                self.norms[2 * index](x), cache, position
            )
            x += y
            x += self._dense(index, self.norms[2 * index + 1](x))
            caches.append(cache)
        logits = self.output_logits(self.norms[-1](x))
        return logits, {"position": position + 1, "caches": caches}

    def _places_at(self, positions):
        return tf.cast(tf.gather(self.places, positions), self.compute_dtype)

    def _dense(self, index, x):
        wide, narrow = self.dense[index]
        return narrow(wide(x))

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "max_length": self.max_length,
            "width": self.width,
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "voices": self.voices,
            "period": self.period,
        }
