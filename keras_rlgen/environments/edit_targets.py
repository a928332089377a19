import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.training.stateless_random import integers


class EditTargets:
    """The targets among which each episode of `LatentEditing` gets one.

    Args:
        targets: Integer `n` for the classes 0 to `n - 1`, or an array `(n, size)` of
            vectors, of which each is as likely.

    Attributes:
        size: Integer, the size of an observed target.

    Raises:
        ValueError: If there are no targets, or the array has another shape or values
            that are not finite.

    Example:

    >>> targets = EditTargets(3)
    >>> targets.observed(tf.constant([2, 0])).numpy().tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    >>> targets.from_observed(tf.constant([[0.0, 0.0, 1.0]])).numpy().tolist()
    [2]
    """

    def __init__(self, targets):
        self.are_classes = is_integer(targets)
        if self.are_classes:
            self.vectors = np.eye(max(targets, 0), dtype="float32")
        else:
            self.vectors = np.asarray(targets, "float32")
        if self.vectors.ndim != 2 or 0 in self.vectors.shape:
            raise ValueError(
                "Expected `targets` to be a positive number of classes, or an array "
                f"(n, size) of vectors. Received: {targets!r}"
            )
        if not np.isfinite(self.vectors).all():
            raise ValueError("Expected finite `targets`. Received NaN or infinity.")
        self.size = self.vectors.shape[1]

    @property
    def argument(self):
        """The argument of the constructor, an integer or a list of lists."""
        return self.size if self.are_classes else self.vectors.tolist()

    @property
    def spec(self):
        """The `tf.TensorSpec` of a batch of targets."""
        if self.are_classes:
            return tf.TensorSpec((None,), tf.int32, name="target")
        return tf.TensorSpec((None, self.size), tf.float32, name="target")

    def sample(self, count, seed):
        """Returns targets, int32 `(count,)` or float32 `(count, size)`.

        Args:
            count: Integer.
            seed: Integer tensor `(2,)`.
        """
        chosen = integers((count,), seed, len(self.vectors))
        return chosen if self.are_classes else tf.gather(self.vectors, chosen)

    def observed(self, target):
        """Returns targets as they are observed, float32 `(batch, size)`."""
        return tf.one_hot(target, self.size) if self.are_classes else target

    def from_observed(self, observed):
        """Returns the targets of `(batch, size)` observed ones."""
        if self.are_classes:
            return tf.argmax(observed, axis=-1, output_type=tf.int32)
        return observed

    def validated(self, target, count):
        """Returns targets given by a user as a tensor.

        Args:
            target: One target for all, or an array of `count`.
            count: Integer.

        Raises:
            ValueError: If a target is not a class, or of another shape.
        """
        shape = (count,) if self.are_classes else (count, self.size)
        given = np.asarray(target)
        if given.ndim == len(shape) - 1:
            given = np.broadcast_to(given, shape)
        if self.are_classes:
            fits = given.dtype.kind in "iu" and given.shape == shape
            fits = fits and 0 <= given.min() and given.max() < self.size
            expected = f"integers in [0, {self.size})"
        else:
            fits = given.dtype.kind in "iuf" and given.shape == shape
            fits = fits and np.isfinite(given).all()
            expected = "finite floats"
        if not fits:
            raise ValueError(
                f"Expected `target` of {expected}, one for all samples or of shape "
                f"{shape}. Received: {target!r}"
            )
        return tf.constant(given, tf.int32 if self.are_classes else tf.float32)
