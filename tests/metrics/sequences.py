"""Token sequences of the tests, and slow counts of their n-grams."""

import collections

import numpy as np


def random_sequences(count, length=9, vocabulary_size=5, seed=0):
    """Returns int32 sequences that end with token 0, of different lengths."""
    random = np.random.default_rng(seed)
    tokens = random.integers(1, vocabulary_size, (count, length), "int32")
    for row, end in zip(tokens, random.integers(3, length + 1, count), strict=True):
        row[end:] = 0
    return tokens


def cut(tokens, end_token=0):
    """Returns lists of tokens, each up to its end token."""
    rows = np.asarray(tokens).tolist()
    return [row[: row.index(end_token)] if end_token in row else row for row in rows]


def n_grams(row, order):
    """Returns a counter of a list's n-grams."""
    places = range(len(row) - order + 1)
    return collections.Counter(tuple(row[i : i + order]) for i in places)


def slow_bleu(row, references, max_order, smoothing=0.1):
    """Computes the BLEU of one list of tokens, as Papineni et al. write it."""
    if not row:
        return 0.0
    log_precision = 0.0
    for order in range(1, max_order + 1):
        counts = n_grams(row, order)
        limits = collections.Counter()
        for reference in references:
            limits |= n_grams(reference, order)
        matches = sum((counts & limits).values())
        if matches == 0:
            matches = smoothing if order > 1 else 0.0
        with np.errstate(divide="ignore"):
            total = max(len(row) - order + 1, 1)
            log_precision += np.log(matches / total) / max_order
    lengths = sorted(len(reference) for reference in references)
    closest = min(lengths, key=lambda n: (abs(n - len(row)), n))
    penalty = 1.0 if len(row) > closest else np.exp(1.0 - closest / len(row))
    return penalty * np.exp(log_precision)
