import keras
from keras import ops

from keras_rlgen.layers.masked_convolution import MaskedConvolution


@keras.saving.register_keras_serializable("keras_rlgen")
class GatedBlock(keras.layers.Layer):
    """One layer of a gated PixelCNN: both stacks, each with a gated activation.

    With `*` for masked convolutions to twice the features, halved by the gate
    `g([a, b]) = tanh(a) * sigmoid(b)`, and `V`, `U` for a class's biases:

        vertical'   = g(vertical * W_v + V[label])
        horizontal' = W_r g(horizontal * W_h + W_vh (vertical * W_v) + U[label])
                      + horizontal (with mask B)

    The vertical features of a pixel depend only on the rows above it, so the horizontal
    stack reads them at the same position.

    Args:
        filters: Positive integer, features of each stack.
        kernel_size: Odd positive integer. Defaults to 3.
        mask: `"A"` for the first block, on images; `"B"` for all others. A block of
            mask B adds its horizontal input to its output, so its inputs have
            `filters` features.
        num_channels: Positive integer, the channels of the image. Defaults to 1.
        num_classes: Positive integer, or `None` for no labels.
        seed: Integer or `None`, the seed of the initial weights.

    Call arguments:
        inputs: `[vertical, horizontal]` or `[vertical, horizontal, labels]`:
            features `(batch, height, width, features)`, labels int32 `(batch,)`.

    Returns:
        A pair of features `(batch, height, width, filters)`.

    Example:

    >>> block = GatedBlock(4, kernel_size=3, mask="A", seed=0)
    >>> images = keras.ops.ones((2, 5, 5, 1))
    >>> [x.shape for x in block([images, images])]
    [TensorShape([2, 5, 5, 4]), TensorShape([2, 5, 5, 4])]

    Reference:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328), equations 2
        and 4, figure 2. Labels shift the features equally at every pixel.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        mask="B",
        num_channels=1,
        num_classes=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.mask = mask
        self.num_channels = num_channels
        self.num_classes = num_classes
        self.seed = seed
        seeds = [None if seed is None else 4 * seed + i for i in range(4)]
        glorot = [keras.initializers.GlorotUniform(s) for s in seeds]
        dtype = self.dtype_policy

        def convolution(features, size, stack, mask, initializer, name):
            return MaskedConvolution(
                features,
                size,
                stack,
                mask,
                num_channels if stack == "horizontal" else 1,
                initializer,
                name=name,
                dtype=dtype,
            )

        self.vertical = convolution(
            2 * filters, kernel_size, "vertical", mask, glorot[0], "vertical"
        )
        self.horizontal = convolution(
            2 * filters, kernel_size, "horizontal", mask, glorot[1], "horizontal"
        )
        self.connection = keras.layers.Dense(
            2 * filters,
            use_bias=False,
            kernel_initializer=glorot[2],
            name="connection",
            dtype=dtype,
        )
        self.projection = convolution(
            filters, 1, "horizontal", "B", glorot[3], "projection"
        )
        self.class_bias = None
        if num_classes is not None:
            self.class_bias = keras.layers.Embedding(
                num_classes,
                4 * filters,
                embeddings_initializer="zeros",
                name="class_bias",
                dtype=dtype,
            )

    def build(self, input_shape):
        vertical, horizontal = input_shape[:2]
        if self.mask == "B" and horizontal[-1] != self.filters:
            raise ValueError(
                "A `GatedBlock` with mask B adds its input to its output, so it "
                f"expected inputs of {self.filters} features. Received: "
                f"{horizontal[-1]}. Give the first block mask='A'."
            )
        self.vertical.build(vertical)
        self.horizontal.build(horizontal)
        self.connection.build((None, 2 * self.filters))
        self.projection.build((*horizontal[:-1], self.filters))
        if self.class_bias is not None:
            self.class_bias.build(input_shape[2])

    def call(self, inputs):
        vertical, horizontal, *labels = inputs
        vertical_bias, horizontal_bias = self.biases(*labels)
        features = self.vertical(vertical)
        gated = self.horizontal_features(
            self.horizontal(horizontal), self._connected(features), horizontal_bias
        )
        if self.mask == "B":
            gated = gated + horizontal
        return _gate(features + vertical_bias), gated

    def biases(self, labels=None):
        """Returns label biases of both stacks, each `(batch, 1, 1, 2 * filters)`."""
        if self.class_bias is None:
            return 0.0, 0.0
        if labels is None:
            raise ValueError(
                f"`GatedBlock` with num_classes={self.num_classes} expected "
                "[vertical, horizontal, labels]. Received no labels."
            )
        return ops.split(self.class_bias(labels)[:, None, None], 2, axis=-1)

    def vertical_row(self, rows, bias):
        """Computes the features of one row, and its connection to the horizontal stack.

        Args:
            rows: `(batch, kernel_size // 2 + 1, width, features)`, the vertical
                inputs of that row and of those above it.
            bias: The first of `biases`.

        Returns:
            Gated features `(batch, 1, width, filters)`, and the connection
            `(batch, 1, width, 2 * filters)`.
        """
        half = self.kernel_size // 2
        padded = ops.pad(rows, [(0, 0), (0, 0), (half, half), (0, 0)])
        features = self.vertical.call_padded(padded)
        return _gate(features + bias), self._connected(features)

    def _connected(self, features):
        # Of rank 2, since TensorFlow 2.20 ends the process in products of higher rank
        # (oneDNN's batched product of narrow matrices corrupts the heap).
        flat = ops.reshape(features, (-1, self.vertical.filters))
        lead = ops.shape(features)[:-1]
        return ops.reshape(self.connection(flat), (*lead, 2 * self.filters))

    def horizontal_pixel(self, pixels, connection, bias):
        """Computes the horizontal features of one pixel, `(batch, 1, 1, filters)`.

        Args:
            pixels: `(batch, 1, kernel_size // 2 + 1, features)`, the horizontal
                inputs of that pixel and of those to its left.
            connection: `(batch, 1, 1, 2 * filters)`, from `vertical_row`.
            bias: The second of `biases`.
        """
        features = self.horizontal.call_padded(pixels)
        gated = self.horizontal_features(features, connection, bias)
        return gated + pixels[:, :, -1:] if self.mask == "B" else gated

    def horizontal_features(self, features, connection, bias):
        """Returns the gated and projected input sum of the horizontal stack."""
        return self.projection(_gate(features + connection + bias))

    def compute_output_shape(self, input_shape):
        shape = (*input_shape[0][:-1], self.filters)
        return shape, shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "mask": self.mask,
            "num_channels": self.num_channels,
            "num_classes": self.num_classes,
            "seed": self.seed,
        }


def _gate(features):
    signal, gate = ops.split(features, 2, axis=-1)
    return ops.tanh(signal) * ops.sigmoid(gate)
