"""Distinct-n: the share of n-grams that differ from each other."""

import keras

from keras_rlgen.metrics.bleu import check_orders
from keras_rlgen.metrics.n_grams import n_gram_counts
from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.token_sequences import as_token_sequences


def distinct_n_grams(generated, orders=(1, 2, 3), end_token=None):
    """Computes the number of distinct n-grams divided by the number of all.

    High is diverse. It falls with the number of sequences, so that only sets of equal
    size can be compared.

    Args:
        generated: Integer array `(num_sequences, length)`.
        orders: Integer >= 1 or sequence of them.
        end_token: Integer, the token that ends a sequence, or `None`.

    Returns:
        Dictionary of floats in [0, 1], `distinct_<n>` for each order; 0 if there are no
        n-grams of that order.

    Raises:
        TypeError: If tokens are not integers.
        ValueError: If the shape is another, a token is negative, or `orders` is out of
            its range.

    Example:

    >>> distinct_n_grams([[1, 2, 1, 2], [1, 2, 0, 0]], orders=(1, 2), end_token=0)
    {'distinct_1': 0.3333333333333333, 'distinct_2': 0.5}

    Reference:
        [Li et al., 2016](https://arxiv.org/abs/1510.03055), section 5.1.
    """
    orders = check_orders(orders)
    tokens, lengths = as_token_sequences(generated, end_token)
    shares = {
        order: counted.num_grams / max(int(counted.counts.sum()), 1)
        for order, counted in enumerate(n_gram_counts(tokens, lengths, max(orders)), 1)
    }
    return {f"distinct_{n}": float(shares[n]) for n in orders}


@keras.saving.register_keras_serializable("keras_rlgen")
class DistinctNGrams(SampleMetric):
    """The share of distinct n-grams of generated sequences, as a dictionary.

    Real sequences are ignored; `update_state` takes them anyway (or `None`). See
    `keras_rlgen.metrics.distinct_n_grams` for the definition and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        orders: Integer >= 1 or sequence of them.
        end_token: Integer, the token that ends a sequence, or `None`.
        max_samples: Integer >= 2, samples kept. The score depends on their number.
        name: String, the metric's name. The log keys are `distinct_<n>`.
        dtype: Data type of the results.

    Example:

    >>> metric = DistinctNGrams(orders=1)
    >>> metric.update_state(None, [[1, 2], [1, 1]])
    >>> float(metric.result()["distinct_1"])
    0.5
    """

    uses_real_samples = False

    def __init__(
        self,
        orders=(1, 2, 3),
        end_token=None,
        max_samples=10_000,
        name=None,
        dtype=None,
    ):
        self.orders = check_orders(orders)
        self.result_names = tuple(f"distinct_{n}" for n in self.orders)
        self.end_token = end_token
        name = name or "distinct_n_grams"
        super().__init__("identity", max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        return distinct_n_grams(generated.astype("int64"), self.orders, self.end_token)

    def get_config(self):
        config = super().get_config()
        del config["features"]
        return {**config, "orders": list(self.orders), "end_token": self.end_token}
