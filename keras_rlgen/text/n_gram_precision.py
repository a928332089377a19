import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_flag, is_number
from keras_rlgen.metrics.bleu import check_orders, closest_lengths
from keras_rlgen.metrics.token_sequences import as_token_sequences
from keras_rlgen.text.n_gram_hashes import looked_up, n_gram_hashes, occurrences
from keras_rlgen.text.token_reward import TokenReward


@keras.saving.register_keras_serializable("keras_rlgen")
class NGramPrecision(TokenReward):
    """How many of a sequence's n-grams a corpus has: its BLEU against the corpus.

    It equals `keras_rlgen.metrics.sentence_bleu(samples, corpus, order)`, computed in
    the graph from a table of the hashes of the corpus' n-grams: the geometric mean of
    the precisions of 1- to n-grams, each counted at most as often as in the sequence
    of the corpus that has it most often, times a penalty for sequences shorter than
    all of the corpus. In [0, 1].

    The maximum is a copy of a sequence of the corpus: look at
    `keras_rlgen.metrics.memorization`, and limit the divergence from the model before
    tuning by `kl_weight`. The corpus is saved with the reward.

    Args:
        corpus: Integer array `(num_sequences, length)`.
        order: Integer >= 1, n.
        smoothing: Float >= 0, as in `sentence_bleu`. Without, a sequence has a reward
            of 0 until one of its n-grams is right.
        brevity_penalty: Whether short sequences are penalised.
        vocabulary_size: Integer, or `None` if tokens are not compared with it.
        end_token: Integer, the token that ends a sequence, or `None`.
        name: String.

    Raises:
        TypeError: If the corpus is not of integers.
        ValueError: If it is empty, or a number is out of its range.

    Example:

    >>> reward = NGramPrecision([[1, 2, 3, 4], [5, 6, 7, 8]], order=2)
    >>> reward(tf.constant([[1, 2, 3, 9], [9, 9, 9, 9]])).numpy()
    array([0.70710677, 0.        ], dtype=float32)

    Reference:
        [Papineni et al., 2002](https://aclanthology.org/P02-1040), section 2; as a
        reward in [Yu et al., 2017](https://arxiv.org/abs/1609.05473), section 4.2.
    """

    def __init__(
        self,
        corpus,
        order=4,
        smoothing=0.1,
        brevity_penalty=True,
        vocabulary_size=None,
        end_token=None,
        name=None,
        **kwargs,
    ):
        super().__init__(vocabulary_size, end_token, name=name, **kwargs)
        (self.order,) = check_orders(order)
        if not (is_number(smoothing) and 0.0 <= smoothing < np.inf):
            raise ValueError(
                f"Expected `smoothing` of zero or above. Received: {smoothing!r}"
            )
        self.corpus, lengths = as_token_sequences(corpus, end_token, "corpus")
        self.smoothing = float(smoothing)
        check_flag("brevity_penalty", brevity_penalty)
        self.brevity_penalty = bool(brevity_penalty)
        self._known_lengths = lengths[lengths > 0]
        if not len(self._known_lengths):
            raise ValueError("Expected a corpus of sequences that are not empty.")
        self._tables = [
            _table(self.corpus, lengths, n) for n in range(1, self.order + 1)
        ]

    def score(self, tokens, lengths):
        width = tokens.shape[1]
        tokens = tf.cast(tokens, tf.int64)
        total = 0.0
        for order, table in enumerate(self._tables, 1):
            matches = tf.zeros_like(lengths)
            if width >= order and table is not None:
                hashes = n_gram_hashes(tokens, order)
                valid = tf.range(width - order + 1) < lengths[:, tf.newaxis] - order + 1
                counts = occurrences(hashes, valid)
                hit = valid & (counts <= looked_up(*table, hashes))
                matches = tf.reduce_sum(tf.cast(hit, tf.int32), axis=1)
            floor = self.smoothing if order > 1 else 0.0
            numerator = tf.where(matches > 0, tf.cast(matches, tf.float32), floor)
            total += tf.math.log(
                numerator / tf.cast(tf.maximum(lengths - order + 1, 1), tf.float32)
            )
        value = tf.exp(total / self.order)
        if self.brevity_penalty:
            value *= self._penalty(lengths, width)
        return tf.where(lengths > 0, value, 0.0)

    def _penalty(self, lengths, width):
        own = np.maximum(np.arange(width + 1), 1)
        closest = closest_lengths(own, self._known_lengths)
        penalties = np.exp(np.minimum(1.0 - closest / own, 0.0)).astype("float32")
        return tf.gather(penalties, lengths)

    def get_config(self):
        return {
            **super().get_config(),
            "corpus": self.corpus.tolist(),
            "order": self.order,
            "smoothing": self.smoothing,
            "brevity_penalty": self.brevity_penalty,
        }


def _table(corpus, lengths, order):
    """Returns sorted hashes and the highest count of each in a sequence, or `None`."""
    places = corpus.shape[1] - order + 1
    if places < 1:
        return None
    valid = np.arange(places) < lengths[:, np.newaxis] - order + 1
    if not valid.any():
        return None
    rows = np.broadcast_to(np.arange(len(corpus))[:, np.newaxis], valid.shape)[valid]
    keys, numbers = np.unique(n_gram_hashes(corpus, order)[valid], return_inverse=True)
    pairs, counts = np.unique(rows * len(keys) + numbers, return_counts=True)
    limits = np.zeros(len(keys), "int32")
    np.maximum.at(limits, pairs % len(keys), counts.astype("int32"))
    with tf.init_scope():
        return tf.constant(keys, tf.int64), tf.constant(limits, tf.int32)
