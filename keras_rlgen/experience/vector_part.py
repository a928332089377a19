import abc
import math

import tensorflow as tf

from keras_rlgen.experience.array_spec import ArraySpec


class VectorPart(abc.ABC):
    """One part of a transition, as numbers of a float vector.

    Args:
        name: String, such as `"observation/position"`.
        spec: `ArraySpec`, of one row.
        start: Integer, where the part begins in the vector.
        size: Integer, how many numbers it has there.

    Attributes:
        name: String.
        kind: `"continuous"`, `"discrete"` or `"binary"`.
        size: Integer.
        columns: Slice, where the part is in the vector.
    """

    kind = None

    def __init__(self, name, spec, start, size):
        self.name, self.size = name, size
        self.spec = ArraySpec.from_spec(spec)
        self.columns = slice(start, start + size)

    def __repr__(self):
        columns = f"{self.columns.start}:{self.columns.stop}"
        return f"VectorPart({self.name!r}, {self.kind!r}, columns={columns})"

    def encode(self, values):
        """Returns a float32 tensor `(B, size)`.

        Args:
            values: Tensor `(B, *shape)`.

        Raises:
            ValueError: If the shape is not that of the spec.
        """
        values, shape = tf.convert_to_tensor(values), self.spec.shape
        if not values.shape[1:].is_compatible_with(shape) or values.shape.rank == 0:
            raise ValueError(
                f"Expected `{self.name}` of shape (batch, "
                f"{', '.join(map(str, shape))}). Received: shape {values.shape}. "
                "`Experience.check` tells what differs."
            )
        return self._encode(tf.reshape(values, (-1, math.prod(shape))))

    def decode(self, vector, seed=None):
        """Returns a tensor `(B, *shape)`, of the dtype and in the bounds of the spec.

        Args:
            vector: Float32 tensor `(B, size)`; logits unless the part is continuous.
            seed: Integer tensor `(2,)`, for a sample where there are logits. `None`,
                the default, for the most probable.
        """
        values = self._decode(vector, seed)
        return tf.reshape(values, (-1, *self.spec.shape))

    @abc.abstractmethod
    def _encode(self, values):
        """Returns `(B, size)` for values `(B, elements)`."""

    @abc.abstractmethod
    def _decode(self, vector, seed):
        """Returns values `(B, elements)`."""

    @abc.abstractmethod
    def loss(self, targets, outputs):
        """Returns a float32 tensor `(B,)`, the sum over the elements of the part.

        Args:
            targets: Float32 tensor `(B, size)`, from `encode`.
            outputs: Float32 tensor `(B, size)`; logits unless the part is continuous.
        """
