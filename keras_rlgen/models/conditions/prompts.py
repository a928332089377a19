import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class Prompts:
    """Prompts, which the sequences of a `SequenceGenerator` continue.

    All prompts have the same length. They cannot be sampled: `generate` needs one for
    each sequence, the `fit` of a `RewardTuner` those to choose from.

    Args:
        length: Integer >= 1, the tokens of a prompt.
        vocabulary_size: Integer >= 2, tokens are in `[0, vocabulary_size)`.

    Attributes:
        has_random: Whether `random` can sample a condition: `False`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> Prompts(2, vocabulary_size=10).validate([[3, 1]], count=1).numpy()
    array([[3, 1]], dtype=int32)
    """

    has_random = False

    def __init__(self, length, vocabulary_size):
        sizes = {"length": (length, 1), "vocabulary_size": (vocabulary_size, 2)}
        for key, (value, least) in sizes.items():
            if not is_integer(value) or value < least:
                raise ValueError(
                    f"Expected `{key}` to be an integer >= {least}. Received: {value!r}"
                )
        self.length = int(length)
        self.vocabulary_size = int(vocabulary_size)

    @property
    def spec(self):
        """The `tf.TensorSpec` of a batch of conditions."""
        return tf.TensorSpec((None, self.length), tf.int32, name="condition")

    def validate(self, condition, count=None):
        """Validates prompts given by a user.

        Args:
            condition: Integers `(num_samples, length)`, array or tensor.
            count: Integer, the expected number; `None` for any number.

        Returns:
            Int32 tensor of the same shape.

        Raises:
            ValueError: If there are none, or not `count`, or they have another length,
                or a token is not in the vocabulary.
        """
        prompts = np.asarray(condition)
        if prompts.shape[1:] != (self.length,) or count not in (None, len(prompts)):
            wanted = "num_samples" if count is None else count
            raise ValueError(
                f"Expected prompts of shape ({wanted}, {self.length}), one for each "
                f"sequence. Received: {prompts.shape}"
            )
        if len(prompts) == 0:
            raise ValueError("Expected at least one prompt. Received none.")
        whole = prompts.dtype.kind in "iu"
        if not whole or prompts.min() < 0 or prompts.max() >= self.vocabulary_size:
            raise ValueError(
                f"{self._error()} Received: dtype {prompts.dtype}, from "
                f"{prompts.min()} to {prompts.max()}"
            )
        return tf.constant(prompts, tf.int32)

    def guarded(self, condition, health):
        """Checks the prompts of a training step, and clips them to the vocabulary.

        Args:
            condition: Integer tensor `(batch, length)`.
            health: `HealthMonitor` that records invalid tokens.
        """
        condition = tf.convert_to_tensor(condition)
        prompts = tf.cast(condition, tf.int32)
        allowed = tf.clip_by_value(prompts, 0, self.vocabulary_size - 1)
        given = tf.cast(allowed, condition.dtype) == condition
        health.check(self._error(), tf.reduce_all(given))
        return allowed

    def example(self, count):
        """Returns `count` example conditions, to check a network."""
        return tf.zeros((count, self.length), tf.int32)

    def random(self, count, key):
        """Raises `ValueError`: no distribution of the prompts is known."""
        raise ValueError(
            f"This model continues prompts of {self.length} tokens, which it cannot "
            "sample. Pass one per sequence: `generate(n, condition=prompts)`, of shape "
            f"(n, {self.length}); in a `RewardTuner` `fit(conditions=prompts)`."
        )

    def get_config(self):
        return {"length": self.length, "vocabulary_size": self.vocabulary_size}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _error(self):
        return ValueError(f"Expected integer tokens in [0, {self.vocabulary_size}).")
