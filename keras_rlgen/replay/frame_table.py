import math

import numpy as np
import tensorflow as tf


class FrameTable:
    """A table with a fixed number of places for frames.

    A frame is one entry of a trajectory: an environment step, or the last observation
    of an episode. Its fields are stored together, one row of numbers for each dtype, so
    that few large reads and writes suffice. Reading and writing work in place, outside
    XLA.

    Args:
        spec: Nest of `TensorSpec`: one frame.
        num_places: Integer.

    Example:

    >>> spec = {"x": tf.TensorSpec((2,)), "y": tf.TensorSpec(())}
    >>> table = FrameTable(spec, num_places=10)
    >>> frames = {"x": tf.constant([[1.0, 2.0]]), "y": tf.constant([3.0])}
    >>> table.write(tf.constant([7]), frames)
    >>> table.read(tf.constant([[7]]))["x"].numpy().tolist()
    [[[1.0, 2.0]]]
    """

    def __init__(self, spec, num_places):
        self._spec = spec
        fields = tf.nest.flatten(spec)
        self._dtypes = sorted({field.dtype for field in fields}, key=lambda d: d.name)
        self._sizes = {
            dtype: [_size(field) for field in fields if field.dtype == dtype]
            for dtype in self._dtypes
        }
        # The memory of an accelerator is too small for millions of images.
        with tf.device("/cpu:0"):
            self._rows = {
                dtype: tf.Variable(
                    # The operating system allocates the memory on first write.
                    tf.raw_ops.Empty(shape=(num_places, sum(sizes)), dtype=dtype),
                    trainable=False,
                )
                for dtype, sizes in self._sizes.items()
            }

    def write(self, places, frames):
        """Replaces frames.

        Args:
            places: Integer tensor `(B,)`.
            frames: Nest of the spec, of tensors `(B, ...)`.
        """
        tf.nest.assert_same_structure(frames, self._spec)
        frames = tf.nest.flatten(frames)
        for dtype, rows in self._rows.items():
            parts = [x for x in frames if x.dtype == dtype]
            sizes = self._sizes[dtype]
            parts = [
                tf.reshape(x, (-1, size)) for x, size in zip(parts, sizes, strict=True)
            ]
            rows.scatter_update(tf.IndexedSlices(tf.concat(parts, axis=1), places))

    def read(self, places):
        """Returns frames.

        Args:
            places: Integer tensor of any shape.

        Returns:
            Nest of the spec, of tensors `(*places.shape, ...)`.
        """
        parts = {
            dtype: iter(tf.split(rows.sparse_read(places), self._sizes[dtype], axis=-1))
            for dtype, rows in self._rows.items()
        }
        outer = tf.shape(places)
        fields = [
            tf.reshape(next(parts[s.dtype]), tf.concat([outer, s.shape], axis=0))
            for s in tf.nest.flatten(self._spec)
        ]
        return tf.nest.pack_sequence_as(self._spec, fields)

    def state(self, num_places):
        """Returns the first `num_places` places, a dict of NumPy arrays."""
        return {
            f"rows_{dtype.name}": rows[:num_places].numpy()
            for dtype, rows in self._rows.items()
        }

    def load_state(self, state):
        """Loads what `state` of a table for the same frames returned.

        Args:
            state: Mapping from names to arrays.

        Raises:
            ValueError: If the frames have another spec, or are too many.
        """
        for dtype, rows in self._rows.items():
            values = np.asarray(state.get(f"rows_{dtype.name}", ()))
            if values.shape[1:] != rows.shape[1:] or len(values) > rows.shape[0]:
                raise ValueError(
                    f"Expected at most {rows.shape[0]} stored frames with "
                    f"{rows.shape[1]} numbers of dtype {dtype.name}. Received: shape "
                    f"{values.shape}. They are those of an agent with other specs or a "
                    "larger replay buffer."
                )
            rows.scatter_update(tf.IndexedSlices(values, tf.range(len(values))))


def _size(spec):
    return math.prod(spec.shape)
