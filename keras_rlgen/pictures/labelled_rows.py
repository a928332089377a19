"""Rows of images, one below the other, each with its name."""

import numpy as np

from keras_rlgen.pictures.image_files import png_bytes
from keras_rlgen.pictures.image_grid import image_grid
from keras_rlgen.whole_files import write_bytes

MARGIN, TEXT_HEIGHT = 6, 11  # Pixels of the screen.


def labelled_rows(rows, value_range=None):
    """Draws a row of images for each name, with the names beside them.

    Args:
        rows: Dict from names to arrays `(num_images, height, width, channels)`, 1 or 3
            channels, all of one shape. The same column is the same image.
        value_range: `(low, high)`, as in `image_grid`; by default from all rows.

    Returns:
        Uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If there are no rows, or their shapes differ.

    Example:

    >>> black = np.zeros((3, 8, 8, 1))
    >>> labelled_rows({"real": black, "restored": black}).shape[0]
    108
    """
    images = [np.asarray(row, np.float32) for row in rows.values()]
    shapes = {row.shape for row in images}
    if len(shapes) != 1:
        raise ValueError(
            "Expected at least one row of images, all of one shape. Received: "
            f"{ ({name: np.shape(row) for name, row in rows.items()}) }"
        )
    columns = len(images[0])
    grid = image_grid(np.concatenate(images), columns, value_range)
    return np.concatenate([_names(rows, len(grid)), grid], axis=1)


def write_labelled_rows(path, rows, **kwargs):
    """Writes rows of images with their names to a PNG file.

    Args:
        path: File to write.
        rows: As in `labelled_rows`.
        **kwargs: `value_range`, as in `labelled_rows`.
    """
    write_bytes(path, png_bytes(labelled_rows(rows, **kwargs)))


def _names(rows, height):
    """Returns a column of names, spread over the height."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default()
    width = 2 * MARGIN + int(max(font.getlength(name) for name in rows))
    image = Image.new("RGB", (width, height), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    row = height // len(rows)
    for index, name in enumerate(rows):
        top = index * row + (row - TEXT_HEIGHT) // 2
        draw.text((MARGIN, top), name, fill=(0, 0, 0), font=font)
    return np.asarray(image)
