import keras
import numpy as np
from keras import ops

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class MaskedConvolution(keras.layers.Layer):
    """A convolution that depends only on values earlier in raster order.

    Raster order is row by row, in a row from left to right, in a pixel channel by
    channel. Two stacks of such layers cover all earlier values, without the blind spot
    of a single masked kernel:

    - `stack="vertical"` covers whole rows: taps of `kernel_size // 2` rows above and of
      the row itself, `kernel_size` columns wide. Mask A drops the row itself.
    - `stack="horizontal"` covers the pixel's own row: `kernel_size // 2` pixels to the
      left and the pixel itself. Mask A drops the pixel itself.

    The first layer of a stack has mask A, all others mask B. At the pixel itself, a
    horizontal layer covers only earlier image channels (mask A), or these and its own
    (mask B). Feature `i` belongs to image channel `i % num_channels`.

    Args:
        filters: Positive integer, the number of output features. With
            `num_channels=m` it is a multiple of `m`.
        kernel_size: Odd positive integer, the extent of the unmasked kernel.
        stack: `"vertical"` or `"horizontal"`.
        mask: `"A"` or `"B"`.
        num_channels: Positive integer, the channels of the image. Defaults to 1.
        kernel_initializer: Keras initializer.

    Input shape:
        `(batch, height, width, features)`.

    Output shape:
        `(batch, height, width, filters)`.

    Raises:
        ValueError: If `kernel_size` is even, a name is unknown, or features are not
            divided evenly among the image channels.

    Example:

    >>> layer = MaskedConvolution(4, 3, stack="vertical", mask="A")
    >>> layer(keras.ops.ones((2, 5, 5, 1))).shape
    TensorShape([2, 5, 5, 4])

    Reference:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328), section 2.2;
        masks A and B: [van den Oord et al., 2016](https://arxiv.org/abs/1601.06759),
        section 3.4.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        stack,
        mask="B",
        num_channels=1,
        kernel_initializer="glorot_uniform",
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not is_integer(kernel_size) or kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(
                "Expected `kernel_size` to be an odd positive integer. "
                f"Received: {kernel_size!r}"
            )
        if stack not in ("vertical", "horizontal"):
            raise ValueError(
                "Expected `stack` to be 'vertical' or 'horizontal'. "
                f"Received: {stack!r}"
            )
        if mask not in ("A", "B"):
            raise ValueError(f"Expected `mask` to be 'A' or 'B'. Received: {mask!r}")
        self._check_features("filters", filters, num_channels)
        self.filters = filters
        self.kernel_size = kernel_size
        self.stack = stack
        self.mask = mask
        self.num_channels = num_channels
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def _check_features(self, noun, features, num_channels):
        if not is_integer(features) or features < 1 or features % num_channels:
            raise ValueError(
                f"Expected {noun} to be a positive multiple of num_channels="
                f"{num_channels}, so that each image channel has as many features. "
                f"Received: {features}"
            )

    def build(self, input_shape):
        features = input_shape[-1]
        self._check_features("the input's features", features, self.num_channels)
        half = self.kernel_size // 2
        if self.stack == "vertical":
            shape = (half + 1, self.kernel_size, features, self.filters)
            self.padding = [(half, 0), (half, half)]
        else:
            shape = (1, half + 1, features, self.filters)
            self.padding = [(0, 0), (half, 0)]
        self.kernel = self.add_weight(
            shape=shape, initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight(
            shape=(self.filters,), initializer="zeros", name="bias"
        )
        self.taps = self._taps(shape)

    def _taps(self, shape):
        """Returns the mask, ones and zeros of the kernel's shape."""
        taps = np.ones(shape, "float32")
        if self.stack == "vertical":
            if self.mask == "A":
                taps[-1] = 0.0
            return taps
        seeing = np.arange(shape[3])[None] % self.num_channels
        seen = np.arange(shape[2])[:, None] % self.num_channels
        taps[0, -1] = seen < seeing if self.mask == "A" else seen <= seeing
        return taps

    def masked_kernel(self):
        """Returns the masked kernel.

        Its shape is `(kernel_size // 2 + 1, kernel_size, features, filters)`
        (vertical) or `(1, kernel_size // 2 + 1, features, filters)` (horizontal).
        The last row, or the last column, is the pixel's own.
        """
        kernel = ops.cast(self.kernel, self.compute_dtype)
        if self.taps.all():
            return kernel
        return kernel * ops.cast(self.taps, self.compute_dtype)

    def call(self, inputs):
        padded = ops.pad(inputs, [(0, 0), *self.padding, (0, 0)])
        return self.call_padded(padded)

    def call_padded(self, inputs):
        """Computes the features of a crop that includes the receptive field.

        Args:
            inputs: `(batch, height, width, features)`, with `kernel_size // 2` more
                rows above (vertical) and columns on either side (vertical) or on the
                left (horizontal) than the output.
        """
        outputs = ops.conv(
            inputs,
            self.masked_kernel(),
            padding="valid",
            data_format="channels_last",
        )
        return outputs + ops.cast(self.bias, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "stack": self.stack,
            "mask": self.mask,
            "num_channels": self.num_channels,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
