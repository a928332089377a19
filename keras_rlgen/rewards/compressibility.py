import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.rewards.images import check_images
from keras_rlgen.rewards.reward import Reward

CHANNELS = {"jpeg": (1, 3), "png": (1, 2, 3, 4)}


@keras.saving.register_keras_serializable("keras_rlgen")
class Compressibility(Reward):
    """Minus the size of the encoded image, in kilobytes (1,000 bytes).

    Smooth images are small, noise is large; a flat image is best, so combine this with
    a reward for realism. `-1.0 * Compressibility()` rewards detail. The header is
    included: a flat image of 8 x 8 pixels is some 0.3 kB of JPEG.

    It carries no gradient to the samples, and a model trained with it is not compiled
    by XLA.

    Args:
        encoding: `"jpeg"` (for 1 or 3 channels) or `"png"` (for 1 to 4).
        quality: Integer in [1, 100], of JPEG.
        value_range: `(low, high)`, the pixels encoded as 0 and 255. Values outside are
            clipped.

    Raises:
        ValueError: If an argument is not as above, or samples are not images with that
            many channels.

    Reference:
        [Black et al., 2023](https://arxiv.org/abs/2305.13301), section 5.1, the
        compressibility task, with JPEG of quality 95.
    """

    def __init__(
        self,
        encoding="jpeg",
        quality=95,
        value_range=(-1.0, 1.0),
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.supports_jit = False
        if encoding not in CHANNELS:
            raise ValueError(
                f"Unknown encoding: {encoding!r}. Expected one of {sorted(CHANNELS)}."
            )
        if not is_integer(quality) or not 1 <= quality <= 100:
            raise ValueError(
                f"Expected `quality` to be an integer in [1, 100]. Received: {quality}"
            )
        low, high = value_range
        if not low < high:
            raise ValueError(
                f"Expected `value_range=(low, high)`, low < high. Received: "
                f"{value_range}"
            )
        self.encoding = encoding
        self.quality = quality
        self.value_range = (float(low), float(high))

    def call(self, samples, condition=None, training=None):
        check_images(self, samples)
        if samples.shape[-1] not in CHANNELS[self.encoding]:
            raise ValueError(
                f"Reward '{self.name}' encodes images of "
                f"{' or '.join(map(str, CHANNELS[self.encoding]))} channels as "
                f"{self.encoding}. Received: {tuple(samples.shape)}"
            )
        low, high = self.value_range
        scaled = tf.clip_by_value((samples - low) / (high - low), 0.0, 1.0)
        pixels = tf.cast(tf.round(255.0 * scaled), tf.uint8)
        sizes = tf.map_fn(self._size, pixels, fn_output_signature=tf.int32)
        return -tf.cast(sizes, tf.float32) / 1000.0

    def _size(self, pixels):
        if self.encoding == "png":
            return tf.strings.length(tf.io.encode_png(pixels))
        return tf.strings.length(tf.io.encode_jpeg(pixels, quality=self.quality))

    def get_config(self):
        return {
            **super().get_config(),
            "encoding": self.encoding,
            "quality": self.quality,
            "value_range": self.value_range,
        }
