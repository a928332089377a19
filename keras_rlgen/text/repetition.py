import keras
import tensorflow as tf

from keras_rlgen.metrics.bleu import check_orders
from keras_rlgen.text.n_gram_hashes import n_gram_hashes, occurrences
from keras_rlgen.text.token_reward import TokenReward


@keras.saving.register_keras_serializable("keras_rlgen")
class Repetition(TokenReward):
    """Minus the fraction of a sequence's n-grams that it had before.

    0 if no n-gram occurs twice, close to -1 for one token repeated.

    Args:
        order: Integer >= 1, n.
        vocabulary_size: Integer, or `None` if tokens are not compared with it.
        end_token: Integer, the token that ends a sequence, or `None`.
        name: String.

    Raises:
        ValueError: If `order` is out of its range.

    Example:

    >>> reward = Repetition(order=1)
    >>> reward(tf.constant([[1, 2, 3, 4], [1, 2, 1, 1]])).numpy()
    array([ 0. , -0.5], dtype=float32)

    Reference:
        [Welleck et al., 2019](https://arxiv.org/abs/1908.04319), section 6.1,
        seq-rep-n.
    """

    def __init__(
        self, order=2, vocabulary_size=None, end_token=None, name=None, **kwargs
    ):
        super().__init__(vocabulary_size, end_token, name=name, **kwargs)
        (self.order,) = check_orders(order)

    def score(self, tokens, lengths):
        places = tokens.shape[1] - self.order + 1
        if places < 1:
            return tf.zeros_like(lengths, tf.float32)
        hashes = n_gram_hashes(tf.cast(tokens, tf.int64), self.order)
        valid = tf.range(places) < lengths[:, tf.newaxis] - self.order + 1
        again = tf.cast(occurrences(hashes, valid) > 1, tf.float32)
        total = tf.reduce_sum(tf.cast(valid, tf.float32), axis=1)
        # From 0, so that no repetition is 0 and not -0.
        return 0.0 - tf.reduce_sum(again, axis=1) / tf.maximum(total, 1.0)

    def get_config(self):
        return {**super().get_config(), "order": self.order}
