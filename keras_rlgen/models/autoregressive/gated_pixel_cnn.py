import keras
import tensorflow as tf
from keras import ops

from keras_rlgen.arguments import check_integer, check_seed, is_integer
from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers import GatedBlock, MaskedConvolution
from keras_rlgen.models.image_shape import is_image_shape


@keras.saving.register_keras_serializable("keras_rlgen")
class GatedPixelCNN(keras.Model):
    """The gated autoregressive network of a `PixelCNN`.

    A first `GatedBlock` of mask A, `num_blocks` of mask B, and two 1 x 1
    convolutions. The context is a rectangle above and a row at the left:
    `first_kernel_size // 2 + num_blocks * (kernel_size // 2)` pixels each way.

    Args:
        image_shape: `(height, width, channels)`.
        num_levels: Integer > 1, the number of values of a channel of a pixel.
        filters: Positive integer, features of each stack, a multiple of the channels.
            Defaults to 32.
        num_blocks: Integer >= 0. Defaults to 5.
        kernel_size: Odd positive integer. Defaults to 3.
        first_kernel_size: Odd positive integer. Defaults to 7.
        num_classes: Positive integer, or `None` for no labels.
        seed: Integer or `None`, the seed of the initial weights.

    Call arguments:
        inputs: Images `(batch, height, width, channels)`, or `[images, labels]` with
            labels int32 `(batch,)`.

    Returns:
        Logits `(batch, height, width, channels, num_levels)`.

    Raises:
        ValueError: If `image_shape` or `num_levels` is not as described.

    Example:

    >>> network = GatedPixelCNN((4, 4, 1), num_levels=2, filters=4, num_blocks=1)
    >>> network(keras.ops.zeros((3, 4, 4, 1))).shape
    TensorShape([3, 4, 4, 1, 2])

    Reference:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328), section 2;
        cached features when sampling:
        [Ramachandran et al., 2017](https://arxiv.org/abs/1704.06001).
    """

    def __init__(
        self,
        image_shape,
        num_levels,
        filters=32,
        num_blocks=5,
        kernel_size=3,
        first_kernel_size=7,
        num_classes=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not is_image_shape(image_shape):
            raise ValueError(
                "Expected `image_shape` to be (height, width, channels), positive. "
                f"Received: {image_shape!r}"
            )
        if not is_integer(num_levels) or num_levels < 2:
            raise ValueError(
                f"Expected `num_levels` to be an integer > 1. Received: {num_levels!r}"
            )
        check_integer("filters", filters)
        check_integer("num_blocks", num_blocks, least=0)
        check_seed(seed)
        self.image_shape = tuple(image_shape)
        self.num_levels = num_levels
        self.filters = filters
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.first_kernel_size = first_kernel_size
        self.num_classes = num_classes
        self.seed = seed
        channels = image_shape[-1]
        seeds = [
            None if seed is None else seed * (num_blocks + 3) + i
            for i in range(num_blocks + 3)
        ]
        self.blocks = [
            GatedBlock(
                filters,
                first_kernel_size if index == 0 else kernel_size,
                "A" if index == 0 else "B",
                channels,
                num_classes,
                seeds[index],
                name=f"block_{index}",
                dtype=self.dtype_policy,
            )
            for index in range(num_blocks + 1)
        ]
        self.head = [
            MaskedConvolution(
                features,
                1,
                "horizontal",
                "B",
                channels,
                keras.initializers.GlorotUniform(head_seed),
                name=f"head_{index}",
                dtype=self.dtype_policy,
            )
            for index, (features, head_seed) in enumerate(
                zip((filters, channels * num_levels), seeds[-2:], strict=True)
            )
        ]
        self._build_parts()

    @property
    def input_shape(self):
        """The shape of the images, or a list of those of images and labels."""
        shape = (None, *self.image_shape)
        return shape if self.num_classes is None else [shape, (None,)]

    def _build_parts(self):
        inputs = [(None, *self.image_shape)] * 2
        labels = [] if self.num_classes is None else [(None,)]
        for block in self.blocks:
            block.build([*inputs, *labels])
            inputs = block.compute_output_shape(inputs)
        shape = inputs[1]
        for layer in self.head:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, inputs, training=None):
        images, *labels = self._split(inputs)
        vertical = horizontal = images
        for block in self.blocks:
            vertical, horizontal = block([vertical, horizontal, *labels])
        return self._logits(horizontal)

    def _split(self, inputs):
        """Returns the images, and the labels if the network takes them."""
        if self.num_classes is None:
            return (ops.convert_to_tensor(inputs),)
        images, labels = inputs
        return images, ops.reshape(labels, (-1,))

    def _logits(self, horizontal):
        """Computes logits `(..., channels, num_levels)` from horizontal features."""
        hidden, output = self.head
        logits = output(ops.relu(hidden(ops.relu(horizontal))))
        shape = ops.shape(logits)[:-1]
        # Feature i belongs to channel i % channels.
        logits = ops.reshape(logits, (*shape, self.num_levels, self.image_shape[-1]))
        return ops.swapaxes(logits, -1, -2)

    def autoregress(self, choose, count, condition=None):
        """Generates images pixel by pixel, each feature computed once.

        The vertical stack is evaluated once per row, the horizontal stack once per
        pixel and channel. Features that later pixels need are cached.

        Args:
            choose: Function of int32 scalar tensors `row`, `column`, `channel`, and
                logits `(count, num_levels)`, that returns values `(count,)`.
            count: Integer or int32 scalar tensor.
            condition: Int32 labels `(count,)`, or `None`.

        Returns:
            Float32 tensor `(count, height, width, channels)`.
        """
        height, width, channels = self.image_shape
        dtype = self.compute_dtype
        labels = [] if self.num_classes is None else [tf.reshape(condition, (-1,))]
        biases = [block.biases(*labels) for block in self.blocks]
        features = [channels] + [self.filters] * self.num_blocks
        reaches = [block.kernel_size // 2 for block in self.blocks]
        above = [
            tf.zeros((count, reach, width, size), dtype)
            for reach, size in zip(reaches, features, strict=True)
        ]

        def next_row(row, above, rows):
            above, connections = self._next_row(above, biases, count)
            left = [
                tf.zeros((count, 1, reach, size), dtype)
                for reach, size in zip(reaches, features, strict=True)
            ]

            def next_pixel(column, left, pixels):
                pixel, left = self._next_pixel(
                    row, column, choose, left, connections, biases, count
                )
                return column + 1, left, pixels.write(column, pixel)

            pixels = tf.TensorArray(dtype, width, element_shape=(None, channels))
            _, _, pixels = tf.while_loop(
                lambda column, *_: column < width, next_pixel, (0, left, pixels)
            )
            made = tf.transpose(pixels.stack(), (1, 0, 2))
            made = tf.ensure_shape(made, (None, width, channels))
            above[0] = tf.concat([above[0], made[:, None]], axis=1)[:, 1:]
            return row + 1, above, rows.write(row, made)

        rows = tf.TensorArray(dtype, height, element_shape=(None, width, channels))
        _, _, rows = tf.while_loop(
            lambda row, *_: row < height, next_row, (0, above, rows)
        )
        images = tf.transpose(rows.stack(), (1, 0, 2, 3))
        return tf.cast(tf.ensure_shape(images, (None, *self.image_shape)), tf.float32)

    def _next_row(self, above, biases, count):
        """Advances the vertical stack by a row; returns it and its connections."""
        above, connections = list(above), []
        # The first block does not see the current row.
        inputs = tf.zeros((count, 1, *above[0].shape[2:]), self.compute_dtype)
        for index, block in enumerate(self.blocks):
            rows = tf.concat([above[index], inputs], axis=1)
            if index > 0:
                above[index] = rows[:, 1:]
            inputs, connection = block.vertical_row(rows, biases[index][0])
            connections.append(connection)
        return above, connections

    def _next_pixel(self, row, column, choose, left, connections, biases, count):
        """Generates a pixel; returns it, `(count, channels)`, and the new `left`."""
        here = [tf.gather(c, column, axis=2)[:, :, None] for c in connections]
        channels = self.image_shape[-1]
        values = []
        for channel in range(channels):
            unknown = tf.zeros((count, channels - channel), self.compute_dtype)
            pixel = tf.concat([*(v[:, None] for v in values), unknown], axis=-1)
            inputs, seen = pixel[:, None, None], []
            for block, before, connection, (_, bias) in zip(
                self.blocks, left, here, biases, strict=True
            ):
                seen.append(tf.concat([before, inputs], axis=2))
                inputs = block.horizontal_pixel(seen[-1], connection, bias)
            logits = self._logits(inputs)[:, 0, 0, channel]
            value = choose(row, column, tf.constant(channel), logits)
            values.append(tf.cast(value, self.compute_dtype))
        pixel = tf.stack(values, axis=-1)
        seen[0] = tf.concat([left[0], pixel[:, None, None]], axis=2)
        return pixel, [pixels[:, :, 1:] for pixels in seen]

    def get_config(self):
        return {
            "image_shape": self.image_shape,
            "num_levels": self.num_levels,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "kernel_size": self.kernel_size,
            "first_kernel_size": self.first_kernel_size,
            "num_classes": self.num_classes,
            "seed": self.seed,
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**with_objects(config, "dtype", custom_objects=custom_objects))
