"""Self-BLEU: how much the sequences of one set resemble each other."""

import keras
import numpy as np

from keras_rlgen.metrics.bleu import (
    ORDERS,
    brevity_penalty,
    check_orders,
    closest_lengths,
    log_precision,
    mean_scores,
)
from keras_rlgen.metrics.n_grams import n_gram_counts
from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.token_sequences import as_token_sequences


def self_bleu(
    generated, orders=ORDERS, end_token=None, smoothing=0.1, include_self=False
):
    """Computes the mean BLEU of each sequence against all *others*.

    Low is diverse. It grows with the number of sequences, so that only sets of equal
    size can be compared: beside it, compute that of as many real sequences. The cost is
    that of one BLEU: a table of each n-gram holds the highest count in a sequence and
    the second highest, which is the limit for the sequence that has the highest.

    Args:
        generated: Integer array `(num_sequences, length)`, `num_sequences >= 2`.
        orders: Integer >= 1 or sequence of them.
        end_token: Integer, the token that ends a sequence, or `None`.
        smoothing: Float >= 0, as in `keras_rlgen.metrics.sentence_bleu`.
        include_self: Whether a sequence is one of its own references, so that the score
            is 1 whatever the samples: what a common mistake computes, for the record.

    Returns:
        Dictionary of floats in [0, 1], `self_bleu_<n>` for each order.

    Raises:
        TypeError: If tokens are not integers.
        ValueError: If there are fewer than two sequences, or as `bleu`.

    Example:

    >>> round(self_bleu([[1, 2, 3], [1, 2, 4], [5, 6, 7]], orders=2)["self_bleu_2"], 3)
    0.385
    >>> self_bleu([[1, 2], [3, 4]], orders=2, include_self=True)
    {'self_bleu_2': 1.0}

    Reference:
        [Zhu et al., 2018](https://arxiv.org/abs/1802.01886), section 3.3. Their
        published code limits it to the first 500 sequences.
    """
    orders = check_orders(orders)
    tokens, lengths = as_token_sequences(generated, end_token)
    count = len(tokens)
    if count < 2:
        raise ValueError(
            f"Expected at least two sequences to compare. Received: {count}"
        )
    columns = []
    for order, (rows, grams, counts, num_grams) in enumerate(
        n_gram_counts(tokens, lengths, max(orders)), 1
    ):
        limits = counts
        if not include_self:
            limits = _highest_of_others(rows, grams, counts, num_grams)
        matches = np.bincount(rows, np.minimum(counts, limits), minlength=count)
        columns.append(log_precision(matches, lengths, order, smoothing))
    closest = lengths if include_self else _closest_of_others(lengths)
    penalty = brevity_penalty(lengths, closest)
    return mean_scores("self_bleu", np.stack(columns, axis=1), penalty, orders)


def _highest_of_others(rows, grams, counts, num_grams):
    """Returns the highest count of each pair's n-gram among the other sequences."""
    # Sorted by n-gram, and the highest count of each first.
    order = np.lexsort((-counts, grams))
    sorted_grams, sorted_counts = grams[order], counts[order]
    starts = np.searchsorted(sorted_grams, np.arange(num_grams))
    highest = np.zeros(num_grams, "int64")
    second = np.zeros(num_grams, "int64")
    owner = np.zeros(num_grams, "int64")
    if num_grams:
        highest, owner = sorted_counts[starts], rows[order][starts]
        following = np.minimum(starts + 1, len(order) - 1)
        has_second = (sorted_grams[following] == np.arange(num_grams)) & (
            starts + 1 < len(order)
        )
        second = np.where(has_second, sorted_counts[following], 0)
    return np.where(owner[grams] == rows, second[grams], highest[grams])


def _closest_of_others(lengths):
    """Returns the closest length among the other sequences, the shorter of two."""
    known, counts = np.unique(lengths, return_counts=True)
    shared = set(known[counts > 1].tolist())
    closest = {}
    for length in known.tolist():
        if length in shared:
            closest[length] = length
        else:
            others = known[known != length]
            closest[length] = int(closest_lengths(np.array([length]), others)[0])
    return np.array([closest[length] for length in lengths.tolist()])


@keras.saving.register_keras_serializable("keras_rlgen")
class SelfBLEU(SampleMetric):
    """Mean BLEU of each generated sequence against the others, as a dictionary.

    Low is diverse. Real sequences are ignored; `update_state` takes them anyway (or
    `None`). See `keras_rlgen.metrics.self_bleu` for the definition and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        orders: Integer >= 1 or sequence of them.
        end_token: Integer, the token that ends a sequence, or `None`.
        smoothing: Float >= 0.
        max_samples: Integer >= 2, samples kept. The score depends on their number.
        name: String, the metric's name. The log keys are `self_bleu_<n>`.
        dtype: Data type of the results.

    Example:

    >>> metric = SelfBLEU(orders=2)
    >>> metric.update_state(None, [[1, 2, 3], [1, 2, 4], [5, 6, 7]])
    >>> round(float(metric.result()["self_bleu_2"]), 3)
    0.385
    """

    uses_real_samples = False

    def __init__(
        self,
        orders=ORDERS,
        end_token=None,
        smoothing=0.1,
        max_samples=10_000,
        name="self_bleu",
        dtype=None,
    ):
        self.orders = check_orders(orders)
        self.result_names = tuple(f"self_bleu_{n}" for n in self.orders)
        self.end_token = end_token
        self.smoothing = float(smoothing)
        super().__init__("identity", max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        tokens = generated.astype("int64")
        return self_bleu(tokens, self.orders, self.end_token, self.smoothing)

    def get_config(self):
        config = super().get_config()
        del config["features"]
        return {
            **config,
            "orders": list(self.orders),
            "end_token": self.end_token,
            "smoothing": self.smoothing,
        }
