"""Counts n-grams of token sequences, exactly and in linear memory."""

import typing

import numpy as np


class NGramCounts(typing.NamedTuple):
    """How often each sequence has each of its n-grams.

    Attributes:
        rows: int64 `(num_pairs,)`, the sequence.
        grams: int64 `(num_pairs,)`, the n-gram, in [0, num_grams).
        counts: int64 `(num_pairs,)`, how often the sequence has it, >= 1.
        num_grams: Integer, the number of different n-grams.
    """

    rows: np.ndarray
    grams: np.ndarray
    counts: np.ndarray
    num_grams: int


def n_gram_counts(tokens, lengths, max_order):
    """Yields the n-gram counts of sequences, for n = 1 to `max_order`.

    An n-gram is numbered by the number of its first n - 1 tokens and its last token, so
    that the cost is a sort for each order, and nothing is hashed.

    Args:
        tokens: int64 array `(num_sequences, length)`.
        lengths: int64 array `(num_sequences,)`, tokens of each sequence.
        max_order: Integer >= 1.

    Yields:
        `NGramCounts` of each order. Orders longer than every sequence are empty.

    Example:

    >>> sequences = np.array([[1, 2, 1, 2], [2, 1, 0, 0]])
    >>> one, two = n_gram_counts(sequences, np.array([4, 2]), 2)
    >>> two.rows.tolist(), two.counts.tolist(), two.num_grams
    ([0, 0, 1], [2, 1, 1], 2)
    """
    num_sequences, width = tokens.shape
    row_of = np.arange(num_sequences)[:, np.newaxis]
    grams = np.zeros_like(tokens)
    base = int(tokens.max()) + 1
    for order in range(1, max_order + 1):
        places = width - order + 1
        if places < 1:
            empty = np.zeros(0, "int64")
            yield NGramCounts(empty, empty, empty, 0)
            continue
        valid = np.arange(places) < lengths[:, np.newaxis] - order + 1
        codes = grams[:, :places] * base + tokens[:, order - 1 :]
        unique, numbers = np.unique(codes[valid], return_inverse=True)
        grams = np.zeros((num_sequences, places), "int64")
        grams[valid] = numbers
        rows = np.broadcast_to(row_of, valid.shape)[valid]
        pairs, counts = np.unique(
            rows * max(len(unique), 1) + numbers, return_counts=True
        )
        rows, numbers = np.divmod(pairs, max(len(unique), 1))
        yield NGramCounts(rows, numbers, counts, len(unique))
