import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number

KINDS = {"square": 0.5, "center": 0.5, "half": None, "brush": 0.15}


@keras.saving.register_keras_serializable("keras_rlgen")
class RandomMask(keras.layers.Layer):
    """Removes a random part of each image.

    Remaining pixels are known, and 1 in the mask; removed pixels are 0 in the image and
    in the mask.

    Args:
        kind: The part to remove:

            - `"square"`: a square at a random position;
            - `"center"`: a square in the middle, the same for all images;
            - `"half"`: the upper, lower, left or right half;
            - `"brush"`: a stroke along a random walk, twice as long as the smaller
              side of the image.
        size: Float in (0, 1), in units of the image's smaller side: the side of the
            squares (0.5 by default) or the width of the stroke (0.15). Not for halves.
        seed: Integer or `None`.

    Input shape:
        `(batch, height, width, channels)`, at least 2 x 2 pixels.

    Output shape:
        `(batch, height, width, channels + 1)`, the mask as the last channel.

    Raises:
        ValueError: If `kind` is unknown, `size` out of range, or the input is not
            images.

    Reference:
        [Pathak et al., 2016](https://arxiv.org/abs/1604.07379), section 3.3 (central
        and random regions); [Liu et al., 2018](https://arxiv.org/abs/1804.07723),
        section 3.3.2 (irregular masks), here a single stroke.

    Example:

    >>> degraded = RandomMask("half", seed=0)(tf.ones((1, 2, 4, 1)))
    >>> degraded.shape, float(tf.reduce_sum(degraded[..., 1]))
    (TensorShape([1, 2, 4, 2]), 4.0)
    """

    def __init__(self, kind="square", size=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if kind not in KINDS:
            raise ValueError(
                f"Unknown kind of mask: {kind!r}. Expected one of {sorted(KINDS)}."
            )
        if size is None:
            size = KINDS[kind]
        elif kind == "half" or not (is_number(size) and 0.0 < size < 1.0):
            raise ValueError(
                "Expected `size` in (0, 1), and none for halves. "
                f"Received: size={size} of kind {kind!r}"
            )
        self.kind = kind
        self.size = size
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images):
        shape = tuple(images.shape)
        if len(shape) != 4 or None in shape[1:] or min(shape[1:3]) < 2:
            raise ValueError(
                "`RandomMask` expected images of shape (batch, height, width, "
                f"channels), at least 2 x 2 pixels. Received: {shape}"
            )
        filled = getattr(self, f"_{self.kind}")(tf.shape(images)[0], *shape[1:3])
        known = tf.cast(tf.logical_not(filled), images.dtype)[..., tf.newaxis]
        return tf.concat([images * known, known], axis=-1)

    def _square(self, count, height, width):
        side = self._side(height, width)
        top = self._uniform(count, height - side + 1)
        left = self._uniform(count, width - side + 1)
        return self._square_at(top, left, side, height, width)

    def _center(self, count, height, width):
        side = self._side(height, width)
        top = tf.fill((count, 1), (height - side) // 2)
        left = tf.fill((count, 1), (width - side) // 2)
        return self._square_at(top, left, side, height, width)

    def _side(self, height, width):
        shorter = min(height, width)
        return min(max(1, round(self.size * shorter)), shorter)

    def _square_at(self, top, left, side, height, width):
        rows, columns = np.arange(height), np.arange(width)
        in_rows = tf.logical_and(rows >= top, rows < top + side)
        in_columns = tf.logical_and(columns >= left, columns < left + side)
        return tf.logical_and(in_rows[:, :, tf.newaxis], in_columns[:, tf.newaxis])

    def _half(self, count, height, width):
        rows, columns = np.indices((height, width))
        halves = [
            rows < height // 2,
            rows >= height // 2,
            columns < width // 2,
            columns >= width // 2,
        ]
        return tf.gather(tf.constant(np.stack(halves)), self._uniform(count, 4)[:, 0])

    def _brush(self, count, height, width):
        side = min(height, width)
        start = keras.random.uniform((count, 1, 2), seed=self.seed_generator)
        turns = keras.random.normal(
            (count, 2 * side), stddev=0.5, seed=self.seed_generator
        )
        first = keras.random.uniform(
            (count, 1), maxval=2.0 * math.pi, seed=self.seed_generator
        )
        angles = first + tf.cumsum(turns, axis=1)
        steps = tf.stack([tf.sin(angles), tf.cos(angles)], axis=-1)
        edges = np.array([height - 1.0, width - 1.0], "float32")
        # Reflected at the edges of the image.
        path = start * edges + tf.cumsum(steps, axis=1)
        path = edges - tf.abs(edges - tf.math.floormod(path, 2.0 * edges))
        rows, columns = (np.arange(n, dtype="float32") for n in (height, width))

        # One point at a time: all of them at once take much memory.
        def nearer(distances, point):
            vertical = tf.square(rows - point[:, :1])[:, :, tf.newaxis]
            horizontal = tf.square(columns - point[:, 1:])[:, tf.newaxis]
            return tf.minimum(distances, vertical + horizontal)

        far = tf.fill((count, height, width), float(height**2 + width**2))
        distances = tf.foldl(nearer, tf.transpose(path, (1, 0, 2)), far)
        return distances <= max(self.size * side / 2.0, math.sqrt(0.5)) ** 2

    def _uniform(self, count, upper):
        return keras.random.randint((count, 1), 0, upper, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        size = None if self.kind == "half" else self.size
        config = {"kind": self.kind, "size": size, "seed": self.seed}
        return {**super().get_config(), **config}


def mask_images(images, mask):
    """Removes a given part of images, in the output format of `RandomMask`.

    Args:
        images: Array or tensor `(batch, height, width, channels)`.
        mask: Array or tensor `(height, width)` or `(batch, height, width)`, 1 or true
            where pixels are known, 0 where they are to be filled in.

    Returns:
        Float32 tensor `(batch, height, width, channels + 1)`.

    Raises:
        ValueError: If the mask is of the wrong shape, or has other values; if a known
            pixel is not finite.

    Example:

    >>> mask_images(tf.ones((2, 1, 2, 1)), [[1, 0]]).numpy()[0].tolist()
    [[[1.0, 1.0], [0.0, 0.0]]]
    """
    images = np.asarray(images, "float32")
    mask = np.asarray(mask)
    expected = f"(height, width) = {images.shape[1:3]} or with a batch axis before"
    if images.ndim != 4 or mask.shape not in (images.shape[1:3], images.shape[:3]):
        raise ValueError(
            f"Expected a mask of shape {expected}, for images of shape "
            f"{images.shape}. Received: {mask.shape}"
        )
    known = mask.astype("float32")
    if not np.isin(known, (0.0, 1.0)).all():
        raise ValueError(
            "Expected a mask of 1 (known) and 0 (to be filled in). Received values "
            f"from {known.min():g} to {known.max():g}. Use `mask > threshold`."
        )
    known = np.broadcast_to(known, images.shape[:3])[..., np.newaxis]
    images = np.where(known, images, np.float32(0.0))  # What is unknown may be NaN.
    if not np.isfinite(images).all():
        raise ValueError("Expected finite known pixels. Received NaN or infinity.")
    return tf.constant(np.concatenate([images, known], axis=-1))


def fill_in(degraded, generated):
    """Copies the known pixels back: `known * image + (1 - known) * generated`.

    Args:
        degraded: Tensor `(batch, height, width, channels + 1)`, as of `RandomMask`.
        generated: Tensor `(batch, height, width, channels)`.

    Returns:
        Tensor of the shape of `generated`.

    Example:

    >>> fill_in(mask_images(tf.ones((1, 1, 2, 1)), [[1, 0]]), tf.zeros((1, 1, 2, 1)))[
    ...     0, 0, :, 0
    ... ].numpy()
    array([1., 0.], dtype=float32)
    """
    image, known = degraded[..., :-1], degraded[..., -1:]
    return known * image + (1.0 - known) * generated
