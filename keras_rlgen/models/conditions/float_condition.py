"""Base class of conditions that are arrays of floats."""

import numpy as np
import tensorflow as tf


class FloatCondition:
    """Base class of conditions that are finite float32 arrays of one shape.

    Subclasses implement `shape_error`, `finite_error` and `random`.

    Args:
        shape: Tuple, the shape of the condition of one sample.

    Attributes:
        has_random: Whether `random` can sample a condition when none is given.
    """

    has_random = False

    def __init__(self, shape):
        self.shape = tuple(shape)

    @property
    def spec(self):
        """The `tf.TensorSpec` of a batch of conditions."""
        return tf.TensorSpec((None, *self.shape), tf.float32, name="condition")

    def validate(self, condition, count=None):
        """Validates conditions given by a user.

        Args:
            condition: Array or tensor `(num_samples, ...)`.
            count: Integer, the expected number; `None` for any number.

        Returns:
            Float32 tensor of the same shape.

        Raises:
            ValueError: If they are of the wrong shape or number, or not finite.
            TypeError: If they are not numeric.
        """
        values = np.asarray(condition)
        if values.dtype.kind not in "fiub":
            raise TypeError(
                "Expected `condition` of a numeric dtype. Received: "
                f"{values.dtype}, {type(condition).__name__}"
            )
        values = values.astype("float32")
        expected = ("num_samples" if count is None else count, *self.shape)
        same = values.ndim > 0 and values.shape[1:] == self.shape
        if not same or len(values) != (count or len(values)):
            raise self.shape_error(expected, values.shape)
        if not np.isfinite(values).all():
            raise self.finite_error()
        return tf.constant(values)

    def guarded(self, condition, health):
        """Checks the conditions of a training step, and zeroes non-finite values.

        Args:
            condition: Tensor `(batch, ...)`.
            health: `HealthMonitor` that records non-finite values.

        Raises:
            ValueError: If they are of the wrong shape.
        """
        values = tf.cast(condition, tf.float32)
        if not values.shape[1:].is_compatible_with(self.shape):
            raise self.shape_error(("batch", *self.shape), tuple(values.shape))
        finite = tf.math.is_finite(values)
        health.check(self.finite_error(), tf.reduce_all(finite))
        return tf.where(finite, values, 0.0)

    def example(self, count):
        """Returns `count` example conditions, to check a network."""
        return tf.zeros((count, *self.shape))

    def random(self, count, key):
        """Raises `ValueError`: no distribution of conditions is known."""
        raise NotImplementedError

    def shape_error(self, expected, received):
        """Returns the error for conditions of the wrong shape.

        Args:
            expected: Tuple, the shape that was expected.
            received: Tuple, the shape that was received.
        """
        raise NotImplementedError

    def finite_error(self):
        """Returns the error for conditions with NaN or infinite values."""
        raise NotImplementedError
