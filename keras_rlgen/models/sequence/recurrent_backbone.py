import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.models.sequence.token_embedding import TokenEmbedding
from keras_rlgen.models.sequence.token_logits import TokenLogits

CELLS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


@keras.saving.register_keras_serializable("keras_rlgen")
class RecurrentBackbone(keras.layers.Layer):
    """A recurrent network that predicts the next token of a sequence.

    Args:
        vocabulary_size: Integer >= 2, tokens are in `[0, vocabulary_size)`.
        units: Integer >= 1, the units of each recurrent layer.
        num_layers: Integer >= 1, the recurrent layers.
        cell: `"lstm"` or `"gru"`.
        embedding_dim: Integer >= 1. Defaults to `units`.
        dropout: Float in [0, 1), the dropout of the input and of the output of the
            recurrent layers, and between them.
        voices: Integer, the tokens of a step, which are independent of each other given
            the steps before; `None` for one token, without an axis.
        period: Integer, the tokens after which the same voice follows in sequences in
            which voices take turns; `None` for other sequences.
        name: String.

    Call arguments:
        tokens: Int32 tensor `(batch, steps[, voices])`. The start token is
            `vocabulary_size`.
        training: Boolean, for the dropout.

    Returns:
        Float32 logits of the tokens that follow, `(batch, steps[, voices],
        vocabulary_size)`.

    Raises:
        ValueError: If an argument is out of its range, or the cell is unknown.

    Example:

    >>> backbone = RecurrentBackbone(12, units=8)
    >>> backbone(tf.constant([[12, 3, 4]])).shape
    TensorShape([1, 3, 12])
    >>> logits, state = backbone.step(tf.constant([12]), backbone.start(1))
    >>> logits.shape
    TensorShape([1, 12])
    """

    def __init__(
        self,
        vocabulary_size,
        units=128,
        num_layers=1,
        cell="lstm",
        embedding_dim=None,
        dropout=0.0,
        voices=None,
        period=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if cell not in CELLS:
            raise ValueError(
                f"Expected `cell` to be one of {sorted(CELLS)}. Received: {cell!r}"
            )
        for key, value in {"units": units, "num_layers": num_layers}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        self.vocabulary_size = vocabulary_size
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.voices = voices
        self.period = period
        policy = self.dtype_policy
        dim = embedding_dim or units
        self.embedding = TokenEmbedding(
            vocabulary_size, dim, voices, period, dtype=policy
        )
        self.drop = keras.layers.Dropout(dropout, dtype=policy)
        self.recurrent = []
        for index in range(num_layers):
            layer = CELLS[cell](units, return_sequences=True, dtype=policy)
            layer.build((None, None, dim if index == 0 else units))
            self.recurrent.append(layer)
        self.output_logits = TokenLogits(vocabulary_size, units, voices, dtype=policy)
        self.built = True

    def call(self, tokens, training=None):
        positions = tf.range(tf.shape(tokens)[1])
        x = self.drop(self.embedding(tokens, positions), training=training)
        for layer in self.recurrent:
            x = self.drop(layer(x, training=training), training=training)
        return self.output_logits(x)

    def start(self, count):
        """Returns the state before the first token.

        Args:
            count: Integer or int32 scalar, the size of the batch.

        Returns:
            Nest of tensors `(count, ...)`.
        """
        states = [
            [
                tf.zeros((count, self.units), self.compute_dtype)
                for _ in tf.nest.flatten(layer.cell.state_size)
            ]
            for layer in self.recurrent
        ]
        return {"position": tf.zeros((count,), tf.int32), "cells": states}

    def step(self, tokens, state):
        """Predicts the tokens that follow the given ones, in inference mode.

        Args:
            tokens: Int32 tensor `(batch[, voices])`, the next tokens of the sequences.
            state: As `start` returns it.

        Returns:
            A pair: float32 logits `(batch[, voices], vocabulary_size)`, and the next
            state.
        """
        x = self.embedding(tokens, state["position"])
        cells = []
        for layer, before in zip(self.recurrent, state["cells"], strict=True):
            x, after = layer.cell(x, before, training=False)
            cells.append(list(after) if isinstance(after, (list, tuple)) else [after])
        after = {"position": state["position"] + 1, "cells": cells}
        return self.output_logits(x), after

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "units": self.units,
            "num_layers": self.num_layers,
            "cell": self.cell,
            "embedding_dim": self.embedding_dim,
            "dropout": self.dropout,
            "voices": self.voices,
            "period": self.period,
        }
