"""Validates sequences of tokens."""

import numpy as np


def as_token_sequences(tokens, end_token=None, name="generated"):
    """Validates token sequences and computes their lengths.

    Args:
        tokens: Array-like of integers `(num_sequences, length)`, none negative.
        end_token: Integer, the token that ends a sequence, or `None` if all are of full
            length. It and what follows are not part of the sequence.
        name: String, the name of the argument in errors.

    Returns:
        A pair: the tokens, int64 `(num_sequences, length)`, and the number of tokens of
        each sequence, int64 `(num_sequences,)`.

    Raises:
        TypeError: If the tokens are not integers.
        ValueError: If there are none, the rank is not 2, or a token is negative.

    Example:

    >>> tokens, lengths = as_token_sequences([[5, 4, 0, 0], [0, 1, 1, 1]], end_token=0)
    >>> lengths.tolist()
    [2, 0]
    """
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu":
        raise TypeError(
            f"Expected `{name}` to be integers, the tokens of sequences. Received: "
            f"dtype {tokens.dtype}. Encode texts by a tokenizer of `keras_rlgen.text`."
        )
    if tokens.ndim != 2 or 0 in tokens.shape:
        raise ValueError(
            f"Expected `{name}` of shape (num_sequences, length), with at least one "
            f"sequence. Received: shape {tokens.shape}"
        )
    if tokens.min() < 0:
        raise ValueError(
            f"Expected `{name}` of tokens >= 0. Received: {int(tokens.min())}"
        )
    tokens = tokens.astype("int64")
    if end_token is None:
        return tokens, np.full(len(tokens), tokens.shape[1], "int64")
    ends = tokens == end_token
    lengths = np.where(ends.any(axis=1), ends.argmax(axis=1), tokens.shape[1])
    return tokens, lengths.astype("int64")


def joined(first, second):
    """Joins two pairs of tokens and lengths, padded to the longer of both.

    Args:
        first: Pair of arrays, as `as_token_sequences` returns.
        second: Pair of arrays.

    Returns:
        A pair: tokens, int64 `(num_first + num_second, length)`, and lengths.

    Example:

    >>> pair = as_token_sequences([[1, 2]]), as_token_sequences([[3, 4, 5]])
    >>> joined(*pair)[0].tolist()
    [[1, 2, 0], [3, 4, 5]]
    """
    width = max(first[0].shape[1], second[0].shape[1])
    tokens = [np.pad(t, ((0, 0), (0, width - t.shape[1]))) for t, _ in (first, second)]
    return np.concatenate(tokens), np.concatenate([first[1], second[1]])
