"""Images in a grid."""

import numpy as np

from keras_rlgen.arguments import check_integer, checked_range
from keras_rlgen.pictures.image_files import png_bytes
from keras_rlgen.whole_files import write_bytes


def image_grid(images, columns=None, value_range=None, scale=None):
    """Lays images out in a grid.

    Args:
        images: Array `(num_images, height, width, channels)`, 1 or 3 channels.
        columns: Integer. Defaults to the square root of the number of images.
        value_range: `(low, high)`, shown as black and white. Defaults to (-1, 1) if
            any value is negative, else (0, 1).
        scale: Integer, screen pixels for an image pixel. Defaults to the smallest that
            makes a cell at least 48 pixels high.

    Returns:
        Uint8 array `(rows * cell, columns * cell, 3)`.

    Raises:
        ValueError: If `images` is not of that shape.
        TypeError: If it is complex, or of strings or objects.
    """
    images = np.asarray(images)
    if images.dtype.kind not in "fiub":
        raise TypeError(f"Expected images of a real dtype. Received: {images.dtype}")
    images = images.astype(np.float32)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "Expected images of shape (num_images, height, width, 1 or 3). "
            f"Received: {images.shape}"
        )
    if 0 in images.shape or not np.isfinite(images).all():
        raise ValueError(
            "Expected at least one image, of finite values. Received: shape "
            f"{images.shape}, {np.sum(~np.isfinite(images))} values NaN or infinite."
        )
    for name, value in {"columns": columns, "scale": scale}.items():
        if value is not None:
            check_integer(name, value)
    if value_range is None:
        value_range = (-1.0, 1.0) if images.min() < 0.0 else (0.0, 1.0)
    low, high = checked_range(value_range)
    pixels = np.clip((images - low) / (high - low), 0.0, 1.0)
    pixels = (255.0 * pixels + 0.5).astype(np.uint8)
    count, height, width, channels = pixels.shape
    scale = scale or max(1, -(-48 // height))
    columns = columns or int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    border = 1
    cells = np.full((rows * columns, height + border, width + border, 3), 90, np.uint8)
    cells[:count, :height, :width] = np.broadcast_to(pixels, (count, height, width, 3))
    cells = cells.reshape(rows, columns, height + border, width + border, 3)
    grid = cells.transpose(0, 2, 1, 3, 4).reshape(
        rows * (height + border), columns * (width + border), 3
    )
    return grid.repeat(scale, axis=0).repeat(scale, axis=1)


def write_image_grid(path, images, **kwargs):
    """Writes images as a grid to a PNG file.

    Args:
        path: File to write.
        images: As in `image_grid`.
        **kwargs: `columns`, `value_range` and `scale`, as in `image_grid`.
    """
    write_bytes(path, png_bytes(image_grid(images, **kwargs)))
