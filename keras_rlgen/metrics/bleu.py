"""BLEU of generated token sequences against reference sequences."""

import keras
import numpy as np

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.metrics.n_grams import n_gram_counts
from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.token_sequences import as_token_sequences, joined

ORDERS = (2, 3, 4, 5)


def bleu(generated, references, orders=ORDERS, end_token=None, smoothing=0.1):
    """Computes the mean BLEU of generated sequences against a set of references.

    Every reference counts for every sequence, as in evaluation of unconditional text
    generation. See `sentence_bleu` for the definition. The cost is linear in the number
    of sequences, but for a sort: 10,000 captions against 10,000 take about a second.

    Args:
        generated: Integer array `(num_generated, length)`.
        references: Integer array `(num_references, any_length)`: *held-out* data. BLEU
            against the training data rewards copies.
        orders: Integer >= 1 or sequence of them: BLEU-n has the n-grams of 1 to n.
        end_token: Integer, the token that ends a sequence, or `None`.
        smoothing: Float >= 0, as in `sentence_bleu`.

    Returns:
        Dictionary of floats in [0, 1], `bleu_<n>` for each order.

    Raises:
        TypeError: If tokens are not integers.
        ValueError: If shapes do not agree, there are no sequences, a token is negative,
            or `orders` or `smoothing` is out of its range.

    Example:

    >>> result = bleu([[1, 2, 3, 4]], [[1, 2, 3, 5], [9, 2, 3, 4]], orders=(2, 4))
    >>> {name: round(value, 3) for name, value in result.items()}
    {'bleu_2': 1.0, 'bleu_4': 0.562}
    """
    orders = check_orders(orders)
    log_precisions, penalty = _against(
        as_token_sequences(generated, end_token),
        as_token_sequences(references, end_token, "references"),
        max(orders),
        smoothing,
    )
    return mean_scores("bleu", log_precisions, penalty, orders)


def sentence_bleu(generated, references, order=4, end_token=None, smoothing=0.1):
    """Computes the BLEU of each generated sequence against a set of references.

    With `p_n` the fraction of a sequence's n-grams that the references have, each
    counted at most as often as in the reference that has it most often, `c` its length
    and `r` the length of the reference that is closest (the shorter of two),

        BLEU-N = min(1, exp(1 - r / c)) * exp(mean of log p_n for n = 1 to N)

    Args:
        generated: Integer array `(num_generated, length)`.
        references: Integer array `(num_references, any_length)`.
        order: Integer >= 1, N.
        end_token: Integer, the token that ends a sequence, or `None`.
        smoothing: Float >= 0, the matches that `p_n` is computed from where there are
            none, for n >= 2; without any common token BLEU is 0. 0.1 is method 1 of
            Chen and Cherry (2014), what NLTK and Texygen use; 0 is no smoothing. Scores
            of other smoothings cannot be compared.

    Returns:
        Float64 array `(num_generated,)` in [0, 1]; 0 for an empty sequence.

    Raises:
        TypeError, ValueError: As `bleu`.

    Example:

    >>> sentence_bleu([[1, 2, 3, 4], [7, 7, 7, 7]], [[1, 2, 3, 4]]).tolist()
    [1.0, 0.0]

    Reference:

    - [Papineni et al., 2002](https://aclanthology.org/P02-1040), section 2.
    - [Chen and Cherry, 2014](https://aclanthology.org/W14-3346), smoothing 1.
    """
    (order,) = check_orders(order)
    log_precisions, penalty = _against(
        as_token_sequences(generated, end_token),
        as_token_sequences(references, end_token, "references"),
        order,
        smoothing,
    )
    return penalty * np.exp(log_precisions.mean(axis=1))


def check_orders(orders):
    """Returns orders of n-grams as a tuple, if each is a positive integer."""
    values = (orders,) if np.ndim(orders) == 0 else tuple(orders)
    if not values or not all(is_integer(n) and n >= 1 for n in values):
        raise ValueError(
            "Expected orders of n-grams, integers >= 1 such as (2, 3, 4, 5). "
            f"Received: {orders!r}"
        )
    return tuple(int(n) for n in values)


def log_precision(matches, lengths, order, smoothing):
    """Computes the log of a smoothed precision, -inf where it is 0.

    Args:
        matches: Float array `(num_sequences,)`, matching n-grams.
        lengths: Integer array, tokens of each sequence.
        order: Integer, n.
        smoothing: Float >= 0, the matches where there are none and n >= 2.
    """
    if not is_number(smoothing) or not 0.0 <= smoothing < np.inf:
        raise ValueError(
            f"Expected `smoothing` of zero or above. Received: {smoothing!r}"
        )
    floor = smoothing if order > 1 else 0.0
    totals = np.maximum(lengths - order + 1, 1)
    with np.errstate(divide="ignore"):
        return np.log(np.where(matches > 0, matches, floor) / totals)


def brevity_penalty(lengths, closest):
    """Computes the brevity penalty, 0 for empty sequences."""
    ratio = closest / np.maximum(lengths, 1)
    return np.where(lengths > 0, np.exp(np.minimum(1.0 - ratio, 0.0)), 0.0)


def closest_lengths(lengths, reference_lengths):
    """Returns the reference length that is closest to each, the shorter of two."""
    known = np.unique(reference_lengths)
    above = np.clip(np.searchsorted(known, lengths), 0, len(known) - 1)
    below = np.maximum(above - 1, 0)
    nearer = np.abs(known[below] - lengths) <= np.abs(known[above] - lengths)
    return np.where(nearer, known[below], known[above])


def mean_scores(name, log_precisions, penalty, orders):
    """Returns a dict of the mean scores `<name>_<n>`."""
    return {
        f"{name}_{n}": float(np.mean(penalty * np.exp(log_precisions[:, :n].mean(1))))
        for n in orders
    }


def _against(generated, references, max_order, smoothing):
    """Returns log precisions `(num_generated, max_order)` and brevity penalties."""
    count, lengths = len(generated[0]), generated[1]
    columns = []
    both = n_gram_counts(*joined(generated, references), max_order)
    for order, (rows, grams, counts, num_grams) in enumerate(both, 1):
        ours = rows < count
        limits = np.zeros(num_grams, "int64")
        np.maximum.at(limits, grams[~ours], counts[~ours])
        clipped = np.minimum(counts[ours], limits[grams[ours]])
        matches = np.bincount(rows[ours], clipped, minlength=count)
        columns.append(log_precision(matches, lengths, order, smoothing))
    penalty = brevity_penalty(lengths, closest_lengths(lengths, references[1]))
    return np.stack(columns, axis=1), penalty


@keras.saving.register_keras_serializable("keras_rlgen")
class BLEU(SampleMetric):
    """Mean BLEU of generated token sequences against real ones, as a dictionary.

    In `evaluate` of a model of tokens, the real sequences are those it is given:
    held-out data. See `keras_rlgen.metrics.bleu` for the definition and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        orders: Integer >= 1 or sequence of them.
        end_token: Integer, the token that ends a sequence, or `None`.
        smoothing: Float >= 0.
        max_samples: Integer >= 2, samples kept of each kind.
        name: String, the metric's name. The log keys are `bleu_<n>`.
        dtype: Data type of the results.

    Example:

    >>> metric = BLEU(orders=(1, 2), end_token=0)
    >>> metric.update_state([[1, 2, 3], [4, 5, 0]], [[1, 2, 0], [4, 5, 3]])
    >>> round(float(metric.result()["bleu_1"]), 3)
    1.0
    """

    def __init__(
        self,
        orders=ORDERS,
        end_token=None,
        smoothing=0.1,
        max_samples=10_000,
        name="bleu",
        dtype=None,
    ):
        self.orders = check_orders(orders)
        self.result_names = tuple(f"bleu_{n}" for n in self.orders)
        self.end_token = end_token
        self.smoothing = float(smoothing)
        super().__init__("identity", max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        return bleu(
            generated.astype("int64"),
            real.astype("int64"),
            self.orders,
            self.end_token,
            self.smoothing,
        )

    def get_config(self):
        config = super().get_config()
        del config["features"]
        return {
            **config,
            "orders": list(self.orders),
            "end_token": self.end_token,
            "smoothing": self.smoothing,
        }
