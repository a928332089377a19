"""How much of a sequence is copied from others."""

import numpy as np


def longest_copies(tokens, corpus):
    """Computes the longest run of tokens of each sequence that is also in a corpus.

    Args:
        tokens: Int array `(sequences, length)` or `(sequences, length, voices)`.
        corpus: Int array of such sequences, `(pieces, length[, voices])`. Runs do not
            cross from one piece to the next.

    Returns:
        Int array `(sequences,)`, steps.

    Raises:
        ValueError: If shapes do not fit each other.

    Example:

    >>> longest_copies([[1, 2, 3, 4]], [[9, 2, 3, 4, 9], [1, 2, 0, 0, 0]]).tolist()
    [3]
    """
    tokens, corpus = _symbols(tokens, corpus)
    # Every run of a length is in the corpus if one of the next length is: bisect.
    low = np.zeros(len(tokens), int)
    high = np.full(len(tokens), min(tokens.shape[1], corpus.shape[1]))
    known = {}
    while np.any(low < high):
        middle = (low + high + 1) // 2
        for index in np.flatnonzero(low < high):
            size = middle[index]
            if size not in known:
                known[size] = set(_ngrams(corpus, size))
            if any(gram in known[size] for gram in _ngrams(tokens[index][None], size)):
                low[index] = size
            else:
                high[index] = size - 1
    return low


def novelty(tokens, corpus, size=8):
    """Computes the fraction of n-grams of sequences that are not in a corpus.

    Args:
        tokens: Int array `(sequences, length)` or `(sequences, length, voices)`.
        corpus: Int array of such sequences.
        size: Integer in [1, length], the steps of an n-gram.

    Returns:
        Float in [0, 1]. Held-out real sequences have a value above 0 too: compare with
        it.

    Raises:
        ValueError: If shapes do not fit each other, or `size` is out of its range.

    Example:

    >>> novelty([[1, 2, 3, 4]], [[9, 2, 3, 4, 9]], size=2)
    0.3333333333333333
    """
    tokens, corpus = _symbols(tokens, corpus)
    if size not in range(1, min(tokens.shape[1], corpus.shape[1]) + 1):
        raise ValueError(
            "Expected `size` from 1 to the length of the sequences. "
            f"Received: size={size!r}, lengths {tokens.shape[1]} and {corpus.shape[1]}"
        )
    known = set(_ngrams(corpus, size))
    grams = list(_ngrams(tokens, size))
    return sum(gram not in known for gram in grams) / len(grams)


def _symbols(tokens, corpus):
    """Returns both as `(sequences, length)`, one number for all voices of a step."""
    tokens, corpus = np.asarray(tokens), np.asarray(corpus)
    fits = tokens.ndim in (2, 3) and tokens.shape[2:] == corpus.shape[2:]
    if not fits or corpus.ndim != tokens.ndim or 0 in (*tokens.shape, *corpus.shape):
        raise ValueError(
            "Expected shapes (sequences, length) or (sequences, length, voices), with "
            f"the same voices in both. Received: {tokens.shape} and {corpus.shape}"
        )
    if tokens.ndim == 2:
        return tokens.astype(np.int64), corpus.astype(np.int64)
    voices = tokens.shape[2]
    steps = np.concatenate([tokens.reshape(-1, voices), corpus.reshape(-1, voices)])
    _, numbers = np.unique(steps, axis=0, return_inverse=True)
    numbers = np.ravel(numbers)
    count = tokens.shape[0] * tokens.shape[1]
    return numbers[:count].reshape(tokens.shape[:2]), numbers[count:].reshape(
        corpus.shape[:2]
    )


def _ngrams(sequences, size):
    """Yields the n-grams of sequences as bytes."""
    windows = np.lib.stride_tricks.sliding_window_view(sequences, size, axis=1)
    for gram in windows.reshape(-1, size):
        yield gram.tobytes()
