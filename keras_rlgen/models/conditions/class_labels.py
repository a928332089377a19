import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class ClassLabels:
    """Class labels as the condition of a generative model.

    A model with another kind of condition takes an object with the same methods as its
    `conditions`.

    Args:
        num_classes: Integer; labels are in `[0, num_classes)`.

    Attributes:
        has_random: Whether `random` can sample a condition when none is given.

    Raises:
        ValueError: If `num_classes` is not a positive integer.

    Example:

    >>> ClassLabels(10).validate([3, 1], count=2).numpy()
    array([3, 1], dtype=int32)
    """

    has_random = True

    def __init__(self, num_classes):
        if not is_integer(num_classes) or num_classes < 1:
            raise ValueError(
                "Expected `num_classes` to be a positive integer. "
                f"Received: {num_classes!r}"
            )
        self.num_classes = int(num_classes)

    @property
    def spec(self):
        """The `tf.TensorSpec` of a batch of conditions."""
        return tf.TensorSpec((None,), tf.int32, name="condition")

    def validate(self, condition, count=None):
        """Validates labels given by a user.

        Args:
            condition: Integers `(num_samples,)`, array or tensor.
            count: Integer, the expected number; `None` for any number, with an optional
                last axis of size one.

        Returns:
            Int32 tensor of the same shape.

        Raises:
            ValueError: If there are none, or not `count`, or one is not a class.
        """
        labels = np.asarray(condition)
        if count is not None and labels.shape != (count,):
            raise ValueError(
                f"Expected `condition` of shape ({count},), one label per sample. "
                f"Received: {labels.shape}"
            )
        if labels.size == 0:
            raise ValueError("Expected at least one label. Received none.")
        if labels.dtype.kind not in "iu":
            raise ValueError(f"{self._error()} Received: dtype {labels.dtype}")
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise ValueError(
                f"{self._error()} Received: labels from {labels.min()} to "
                f"{labels.max()}"
            )
        return tf.constant(labels, tf.int32)

    def guarded(self, condition, health):
        """Checks the labels of a training step, and clips them to valid classes.

        Args:
            condition: Integer tensor `(batch,)` or `(batch, 1)`.
            health: `HealthMonitor` that records invalid labels.
        """
        condition = tf.convert_to_tensor(condition)
        labels = tf.cast(condition, tf.int32)
        # An embedding fails on an invalid label or, compiled, reads another row.
        allowed = tf.clip_by_value(labels, 0, self.num_classes - 1)
        given = tf.cast(allowed, condition.dtype) == condition
        health.check(self._error(), tf.reduce_all(given))
        return allowed

    def example(self, count):
        """Returns `count` example conditions, to check a network."""
        return tf.zeros((count,), tf.int32)

    def random(self, count, key):
        """Returns uniform labels, int32 `(count,)`, from a key, int32 `(2,)`."""
        return tf.random.stateless_uniform(
            (count,), key, maxval=self.num_classes, dtype=tf.int32
        )

    def get_config(self):
        return {"num_classes": self.num_classes}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def _error(self):
        return ValueError(f"Expected integer labels in [0, {self.num_classes}).")
