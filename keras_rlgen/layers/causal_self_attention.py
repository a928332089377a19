import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class CausalSelfAttention(keras.layers.Layer):
    """Self-attention in which a position sees itself and those before it.

    Args:
        width: Integer, the size of inputs and outputs.
        num_heads: Integer that divides `width`.

    Call arguments:
        x: Tensor `(batch, steps, width)`.

    Returns:
        Tensor `(batch, steps, width)`.

    Raises:
        ValueError: If `num_heads` does not divide `width`.

    Example:

    >>> CausalSelfAttention(8, num_heads=2)(tf.zeros((1, 3, 8))).shape
    TensorShape([1, 3, 8])

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762), equation 1 and
        section 3.2.3.
    """

    def __init__(self, width, num_heads, **kwargs):
        super().__init__(**kwargs)
        if not is_integer(num_heads) or num_heads < 1 or width % num_heads:
            raise ValueError(
                "Expected `num_heads` to be a positive integer that divides `width`. "
                f"Received: num_heads={num_heads!r}, width={width!r}"
            )
        self.width = width
        self.num_heads = num_heads
        self.inputs_projection = keras.layers.Dense(3 * width, dtype=self.dtype_policy)
        self.output_projection = keras.layers.Dense(width, dtype=self.dtype_policy)
        self.inputs_projection.build((None, width))
        self.output_projection.build((None, width))
        self.built = True

    def call(self, x):
        query, key, value = self._heads(x)
        y = keras.ops.dot_product_attention(query, key, value, is_causal=True)
        return self.output_projection(self._joined(y))

    def empty_cache(self, count, length):
        """Returns the keys and values of no position.

        Args:
            count: Integer or int32 scalar, the size of the batch.
            length: Integer, the largest number of positions.

        Returns:
            A pair of tensors `(count, num_heads, length, width / num_heads)`.
        """
        shape = count, self.num_heads, length, self.width // self.num_heads
        empty = tf.zeros(shape, self.compute_dtype)
        return empty, empty

    def step(self, x, cache, positions):
        """Computes the output at one position, with the keys and values before it.

        Args:
            x: Tensor `(batch, width)`.
            cache: Pair of tensors, as `empty_cache` returns it.
            positions: Int32 tensor `(batch,)`, the number of positions before.

        Returns:
            A pair: the output `(batch, width)`, and the next cache.
        """
        query, *new = self._heads(x[:, tf.newaxis])
        heads, size = self.num_heads, self.width // self.num_heads
        rows = tf.range(tf.shape(x)[0] * heads)
        places = tf.stack([rows, tf.repeat(positions, heads)], axis=1)
        keys, values = (
            tf.reshape(
                tf.tensor_scatter_nd_update(
                    tf.reshape(old, [-1, old.shape[2], size]),
                    places,
                    tf.reshape(now, [-1, size]),
                ),
                tf.shape(old),
            )
            for old, now in zip(cache, new, strict=True)
        )
        query = tf.reshape(query, [-1, heads, 1, size])
        scores = tf.matmul(query, keys, transpose_b=True)
        scores = tf.cast(scores, tf.float32) * size**-0.5
        seen = tf.range(tf.shape(keys)[2]) <= positions[:, tf.newaxis]
        scores = tf.where(seen[:, tf.newaxis, tf.newaxis], scores, -1e9)
        weights = tf.cast(tf.nn.softmax(scores), values.dtype)
        y = tf.matmul(weights, values)[:, :, 0]
        return self.output_projection(self._joined(y)), (keys, values)

    def _heads(self, x):
        """Returns queries, keys and values, each `(batch, steps, heads, size)`."""
        joined = self.inputs_projection(x)
        size = self.width // self.num_heads
        shape = tf.concat([tf.shape(x)[:2], [3, self.num_heads, size]], axis=0)
        joined = tf.reshape(joined, shape)
        joined = tf.ensure_shape(joined, [*x.shape[:2], 3, self.num_heads, size])
        return tf.unstack(joined, axis=2)

    def _joined(self, y):
        """Joins the last two axes, heads and their sizes."""
        shape = tf.concat([tf.shape(y)[:-2], [self.width]], axis=0)
        return tf.ensure_shape(tf.reshape(y, shape), [*y.shape[:-2], self.width])

    def get_config(self):
        config = {"width": self.width, "num_heads": self.num_heads}
        return {**super().get_config(), **config}
