import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer


class RingBuffer(keras.layers.Layer):
    """Keeps the last rows added, in variables, for sampling inside a graph.

    Args:
        capacity: Integer, the maximum number of rows.
        name: String.

    Raises:
        ValueError: If `capacity` is not a positive integer.

    Example:

    >>> buffer = RingBuffer(3)
    >>> buffer.prepare((tf.constant([1.0, 2.0]),))
    >>> buffer.add((tf.constant([1.0, 2.0]),))
    >>> buffer.add((tf.constant([3.0, 4.0]),))
    >>> buffer.columns[0].numpy()
    array([4., 2., 3.], dtype=float32)
    """

    one_replica_because = (
        "each replica would store rows of its own, and one buffer would be saved. Use "
        "one device."
    )

    def __init__(self, capacity, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not is_integer(capacity) or capacity < 1:
            raise ValueError(
                f"Expected `capacity` to be a positive integer. Received: {capacity!r}"
            )
        self.capacity = capacity
        self.columns = []

    def prepare(self, rows):
        """Creates the variables for rows like the given ones.

        Args:
            rows: Tuple of tensors `(num_rows, ...)`.
        """
        self.added = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="added"
        )
        self.columns = [
            self.add_weight(
                shape=(self.capacity, *column.shape[1:]),
                dtype=column.dtype.name,
                initializer="zeros",
                trainable=False,
                name=f"column_{index}",
            )
            for index, column in enumerate(rows)
        ]

    def add(self, rows):
        """Writes rows over the oldest ones.

        Args:
            rows: Tuple of tensors `(num_rows, ...)`; beyond the capacity, only the last
                rows are kept.
        """
        rows = [column[-self.capacity :] for column in rows]
        count = tf.shape(rows[0])[0]
        places = (self.added + tf.range(count)) % self.capacity
        for column, values in zip(self.columns, rows, strict=True):
            column.value.scatter_nd_update(places[:, None], values)
        # The count of added rows stays below twice the capacity, and gives the next
        # place.
        added = self.added + count
        self.added.assign(
            tf.where(added < 2 * self.capacity, added, added - self.capacity)
        )

    def draw(self, count, fresh, seed):
        """Samples rows uniformly, with replacement, from the stored and fresh ones.

        Args:
            count: Integer or int32 scalar tensor.
            fresh: Tuple of tensors `(num_rows, ...)`, rows that are not added yet.
            seed: Int32 tensor `(2,)`.

        Returns:
            Tuple of tensors `(count, ...)`.
        """
        kept = tf.minimum(tf.convert_to_tensor(self.added), self.capacity)
        num_fresh = tf.shape(fresh[0])[0]
        index = tf.random.stateless_uniform(
            (count,), seed, maxval=kept + num_fresh, dtype=tf.int32
        )
        is_kept = index < kept
        kept_index = tf.minimum(index, self.capacity - 1)
        fresh_index = tf.maximum(index - kept, 0)

        def chosen(column, values):
            mask = tf.reshape(is_kept, [-1] + [1] * (values.shape.rank - 1))
            return tf.where(
                mask,
                tf.gather(column.value, kept_index),
                tf.gather(values, fresh_index),
            )

        return tuple(
            chosen(column, values)
            for column, values in zip(self.columns, fresh, strict=True)
        )
