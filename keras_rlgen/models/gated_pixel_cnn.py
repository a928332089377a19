import keras
import tensorflow as tf
from keras import ops

from keras_rlgen.layers import GatedBlock, MaskedConvolution


@keras.saving.register_keras_serializable("keras_rlgen")
class GatedPixelCNN(keras.Model):
    """The gated autoregressive network of a `PixelCNN`.

    A first `GatedBlock` of mask A, `num_blocks` of mask B, and two 1 x 1
    convolutions. The context is a rectangle above and a row at the left:
    `first_kernel_size // 2 + num_blocks * (kernel_size // 2)` pixels each way.

    Args:
        image_shape: `(height, width, channels)`.
        num_levels: Integer > 1, the values that a channel of a pixel can take.
        filters: Positive integer, features of each stack, a multiple of the channels.
            Defaults to 32.
        num_blocks: Integer >= 0. Defaults to 5.
        kernel_size: Odd positive integer. Defaults to 3.
        first_kernel_size: Odd positive integer. Defaults to 7.
        num_classes: Positive integer, or `None` where there are no labels.
        seed: Integer or `None`, of the initial weights.

    Call arguments:
        inputs: Images `(batch, height, width, channels)`, or `[images, labels]` with
            labels int32 `(batch,)`.

    Returns:
        Logits `(batch, height, width, channels, num_levels)`.

    Raises:
        ValueError: If `image_shape` or `num_levels` is not as said.

    Example:

    >>> network = GatedPixelCNN((4, 4, 1), num_levels=2, filters=4, num_blocks=1)
    >>> network(keras.ops.zeros((3, 4, 4, 1))).shape
    TensorShape([3, 4, 4, 1, 2])

    Reference:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328), section 2;
        cached features in sampling:
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
        if len(image_shape) != 3 or min(image_shape) < 1:
            raise ValueError(
                "Expected `image_shape` to be (height, width, channels), positive. "
                f"Received: {tuple(image_shape)}"
            )
        if not isinstance(num_levels, int) or num_levels < 2:
            raise ValueError(
                f"Expected `num_levels` to be an integer > 1. Received: {num_levels!r}"
            )
        self.image_shape = tuple(image_shape)
        self.num_levels = num_levels
        self.filters = filters
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.first_kernel_size = first_kernel_size
        self.num_classes = num_classes
        self.seed = seed
        self.initial_seeds = iter(
            [None] * (num_blocks + 3)
            if seed is None
            else range(seed * (num_blocks + 3), (seed + 1) * (num_blocks + 3))
        )
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
        shape = (None, *self.image_shape)
        self.build(shape if num_classes is None else [shape, (None,)])
