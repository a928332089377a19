import keras
from keras import layers


def convolutional_discriminator(
    vocabulary_size,
    length,
    embedding_dim=64,
    windows=(1, 2, 3, 4, 5, 6, 8, 10),
    filters=64,
    dropout=0.25,
    kernel_regularizer=None,
):
    """Returns a convolutional network that judges whole sequences.

    Convolutions with windows of several sizes, the largest activation of each filter
    over time, a highway layer, and one logit.

    Args:
        vocabulary_size: Integer, tokens are in `[0, vocabulary_size)`.
        length: Integer, the steps of a sequence.
        embedding_dim: Integer.
        windows: Sequence of integers >= 1, the sizes of the windows; those larger than
            `length` are left out.
        filters: Integer, the filters of each window.
        dropout: Float in [0, 1), before the logit.
        kernel_regularizer: Keras regularizer of the logit's weights, or its name.

    Returns:
        Keras model from int32 `(batch, length)` to logits `(batch, 1)`, real is high.

    Example:

    >>> convolutional_discriminator(100, 20).output_shape
    (None, 1)

    Reference:
        [Kim, 2014](https://arxiv.org/abs/1408.5882), with the highway layer of
        [Yu et al., 2017](https://arxiv.org/abs/1609.05473), appendix B.
    """
    tokens = keras.Input((length,), dtype="int32")
    x = layers.Embedding(vocabulary_size, embedding_dim)(tokens)
    x = layers.Concatenate()(
        [
            layers.GlobalMaxPooling1D()(layers.Conv1D(filters, w, activation="relu")(x))
            for w in windows
            if w <= length
        ]
    )
    gate = layers.Dense(x.shape[-1], activation="sigmoid", bias_initializer="ones")(x)
    changed = layers.Dense(x.shape[-1], activation="relu")(x)
    x = layers.Add()([x, layers.Multiply()([gate, layers.Subtract()([changed, x])])])
    x = layers.Dropout(dropout)(x)
    logits = layers.Dense(1, kernel_regularizer=kernel_regularizer)(x)
    return keras.Model(tokens, logits, name="convolutional_discriminator")


def recurrent_discriminator(
    vocabulary_size,
    length,
    units=64,
    embedding_dim=64,
    voices=None,
    dropout=0.0,
    per_step=False,
):
    """Returns a recurrent network that judges sequences, or each of their tokens.

    Args:
        vocabulary_size: Integer, tokens are in `[0, vocabulary_size)`.
        length: Integer, the steps of a sequence.
        units: Integer, of the LSTM.
        embedding_dim: Integer.
        voices: Integer, the tokens of a step; `None` for one, without an axis.
        dropout: Float in [0, 1), before the logits.
        per_step: Whether there is a logit for each step, given the steps before, for
            `credit.PerStep`; else it is the last one's.

    Returns:
        Keras model from int32 `(batch, length[, voices])` to logits, real is high:
        `(batch, length)` if `per_step`, else `(batch, 1)`.

    Example:

    >>> recurrent_discriminator(100, 20, per_step=True).output_shape
    (None, 20)

    Reference:
        [de Masson d'Autume et al., 2019](https://arxiv.org/abs/1905.09922), section
        3.1, for logits of each step.
    """
    shape = (length,) if voices is None else (length, voices)
    tokens = keras.Input(shape, dtype="int32")
    x = layers.Embedding(vocabulary_size, embedding_dim)(tokens)
    if voices is not None:
        x = layers.Reshape((length, voices * embedding_dim))(x)
    x = layers.LSTM(units, return_sequences=per_step)(x)
    logits = layers.Dense(1)(layers.Dropout(dropout)(x))
    if per_step:
        logits = layers.Reshape((length,))(logits)
    return keras.Model(tokens, logits, name="recurrent_discriminator")
