"""Memorisation: what generated sequences copy from a corpus."""

import keras
import numpy as np

from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.token_sequences import as_token_sequences, joined


def memorization(generated, corpus, end_token=None):
    """Computes how much of generated sequences is copied from a corpus.

    A copy is a run of consecutive tokens that a sequence of the corpus has too. Beside
    the result compute that of as many held-out sequences: real ones share n-grams with
    the corpus too.

    Args:
        generated: Integer array `(num_generated, length)`.
        corpus: Integer array `(num_sequences, any_length)`, the training data.
        end_token: Integer, the token that ends a sequence, or `None`.

    Returns:
        Dictionary of floats: `longest_copy`, the mean length of the longest copy in a
        generated sequence, in tokens; `longest_copy_fraction`, the mean of that length
        divided by the sequence's, in [0, 1]; `copied_sequences`, the fraction of
        sequences that are copies as a whole.

    Raises:
        TypeError: If tokens are not integers.
        ValueError: If shapes do not agree, there are no sequences, or a token is
            negative.

    Example:

    >>> result = memorization(
    ...     [[1, 2, 3, 4], [5, 6, 7, 8]], [[9, 1, 2, 3], [5, 6, 7, 8]]
    ... )
    >>> result["longest_copy"], result["copied_sequences"]
    (3.5, 0.5)
    """
    _, lengths = as_token_sequences(generated, end_token)
    copies = longest_copies(generated, corpus, end_token)
    return {
        "longest_copy": float(copies.mean()),
        "longest_copy_fraction": float(np.mean(copies / np.maximum(lengths, 1))),
        "copied_sequences": float(np.mean((copies == lengths) & (lengths > 0))),
    }


def longest_copies(generated, corpus, end_token=None):
    """Computes the length of the longest run of tokens in common with a corpus.

    The n-grams that both have are found for n = 1, 2, ...; only places where both have
    one of n tokens are looked at for n + 1.

    Args:
        generated: Integer array `(num_generated, length)`.
        corpus: Integer array `(num_sequences, any_length)`.
        end_token: Integer, the token that ends a sequence, or `None`.

    Returns:
        int64 array `(num_generated,)`, in tokens.

    Raises:
        TypeError, ValueError: As `memorization`.

    Example:

    >>> longest_copies([[1, 2, 3, 4], [4, 3, 2, 1]], [[0, 2, 3, 4]]).tolist()
    [3, 1]
    """
    ours = as_token_sequences(generated, end_token)
    tokens, lengths = joined(ours, as_token_sequences(corpus, end_token, "corpus"))
    count, width = len(ours[0]), tokens.shape[1]
    base = int(tokens.max()) + 1
    places = np.flatnonzero((np.arange(width) < lengths[:, np.newaxis]).ravel())
    flat = tokens.ravel()
    grams = np.zeros(len(flat), "int64")
    ends = np.repeat(np.arange(len(tokens)) * width + lengths, width)
    longest = np.zeros(count, "int64")
    order = 0
    while len(places):
        order += 1
        codes = grams[places] * base + flat[places + order - 1]
        unique, numbers = np.unique(codes, return_inverse=True)
        is_ours = places < count * width
        both = np.zeros((2, len(unique)), bool)
        both[0, numbers[is_ours]] = True
        both[1, numbers[~is_ours]] = True
        kept = both.all(axis=0)[numbers]
        places, is_ours, numbers = places[kept], is_ours[kept], numbers[kept]
        longest[places[is_ours] // width] = order
        grams[places] = numbers
        places = places[places + order < ends[places]]
    return longest


@keras.saving.register_keras_serializable("keras_rlgen")
class Memorization(SampleMetric):
    """What generated sequences copy from a corpus, as a dictionary.

    Real sequences of `evaluate` are ignored: the corpus is given here, and saved with
    the metric. See `keras_rlgen.metrics.memorization` for the definition and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        corpus: Integer array `(num_sequences, length)`, the training data.
        end_token: Integer, the token that ends a sequence, or `None`.
        max_samples: Integer >= 2, samples kept.
        name: String, the metric's name. The log keys are `longest_copy`,
            `longest_copy_fraction` and `copied_sequences`.
        dtype: Data type of the results.

    Example:

    >>> metric = Memorization([[1, 2, 3], [4, 5, 6]])
    >>> metric.update_state(None, [[1, 2, 3], [3, 2, 1]])
    >>> float(metric.result()["copied_sequences"])
    0.5
    """

    result_names = ("longest_copy", "longest_copy_fraction", "copied_sequences")
    uses_real_samples = False

    def __init__(
        self, corpus, end_token=None, max_samples=10_000, name=None, dtype=None
    ):
        self.corpus, _ = as_token_sequences(corpus, end_token, "corpus")
        self.end_token = end_token
        super().__init__("identity", max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        return memorization(generated.astype("int64"), self.corpus, self.end_token)

    def get_config(self):
        config = super().get_config()
        del config["features"]
        corpus = self.corpus.tolist()
        return {**config, "corpus": corpus, "end_token": self.end_token}
