import numbers

import keras
import tensorflow as tf

from keras_rlgen.text.token_reward import TokenReward


@keras.saving.register_keras_serializable("keras_rlgen", name="TokenLength")
class Length(TokenReward):
    """Minus the number of tokens that a sequence has too few or too many.

    0 for a length in `[low, high]`; the end token is not counted.

    Args:
        low: Integer >= 0, the shortest length without a penalty.
        high: Integer >= `low`, the longest; by default there is none.
        vocabulary_size: Integer, or `None` if tokens are not compared with it.
        end_token: Integer, the token that ends a sequence.
        name: String.

    Raises:
        ValueError: If an argument is out of its range, or there is no end token.

    Example:

    >>> reward = Length(low=2, high=3, end_token=0)
    >>> reward(tf.constant([[5, 0, 0, 0], [5, 6, 7, 0], [5, 6, 7, 8]])).numpy()
    array([-1.,  0., -1.], dtype=float32)
    """

    def __init__(
        self,
        low=1,
        high=None,
        vocabulary_size=None,
        end_token=None,
        name=None,
        **kwargs,
    ):
        super().__init__(vocabulary_size, end_token, name=name, **kwargs)
        if end_token is None:
            raise ValueError(
                "Expected an `end_token`: without one, all sequences are of one length."
            )
        bounds = [low] if high is None else [low, high]
        integers = all(isinstance(b, numbers.Integral) for b in bounds)
        if not integers or low < 0 or bounds[-1] < low:
            raise ValueError(
                "Expected integers 0 <= `low` <= `high`. Received: "
                f"low={low!r}, high={high!r}"
            )
        self.low, self.high = int(low), None if high is None else int(high)

    def score(self, tokens, lengths):
        high = tokens.shape[1] if self.high is None else self.high
        missing = tf.maximum(self.low - lengths, 0)
        surplus = tf.maximum(lengths - high, 0)
        return tf.cast(0 - missing - surplus, tf.float32)

    def get_config(self):
        return {**super().get_config(), "low": self.low, "high": self.high}
