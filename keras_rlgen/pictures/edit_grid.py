"""Pictures of edited images: before, the path, and after."""

import numpy as np

from keras_rlgen.pictures.image_files import png_bytes
from keras_rlgen.pictures.image_grid import image_grid
from keras_rlgen.whole_files import write_bytes

GAP, TEXT_WIDTH, TEXT_HEIGHT = 8, 56, 11  # Pixels of the screen.


def edit_grid(samples, rewards=None, value_range=None):
    """Draws a row for each edited image: before, between, and after.

    Args:
        samples: Array `(num_images, T + 1, height, width, channels)`, 1 or 3 channels:
            the images before the edits and after each of them, such as
            `model.create(8).samples`.
        rewards: Array `(num_images, T)`, the change in score of each edit, or `None`.
            Their sum is written beside each row.
        value_range: `(low, high)`, as in `image_grid`.

    Returns:
        Uint8 array `(height, width, 3)`. Gaps separate the first and the last column.

    Raises:
        ValueError: If `samples` or `rewards` have another shape.
    """
    samples = np.asarray(samples, np.float32)
    if samples.ndim != 5 or samples.shape[-1] not in (1, 3) or samples.shape[1] < 2:
        raise ValueError(
            "Expected edited images of shape (num_images, T + 1, height, width, 1 or "
            f"3), T >= 1. Received: {samples.shape}"
        )
    count, length = samples.shape[:2]
    if value_range is None:
        value_range = (-1.0, 1.0) if samples.min() < 0.0 else (0.0, 1.0)
    parts = [samples[:, :1], samples[:, 1:-1], samples[:, -1:]]
    grids = [
        image_grid(part.reshape(-1, *part.shape[2:]), part.shape[1], value_range)
        for part in parts
        if part.shape[1]
    ]
    gap = np.full((len(grids[0]), GAP, 3), 255, np.uint8)
    columns = [column for grid in grids for column in (grid, gap)]
    if rewards is not None:
        rewards = np.asarray(rewards)
        if rewards.shape != (count, length - 1):
            raise ValueError(
                f"Expected `rewards` of shape (num_images, T) = ({count}, "
                f"{length - 1}). Received: {rewards.shape}"
            )
        columns.append(_written(rewards.sum(axis=1), len(gap)))
    return np.concatenate(columns, axis=1)


def write_edit_grid(path, edits, **kwargs):
    """Writes a picture of edited images to a PNG file: see `edit_grid`.

    Args:
        path: File to write.
        edits: `EditPaths`, as `DQNGAN.create` returns.
        **kwargs: `value_range`, as in `image_grid`.
    """
    pixels = edit_grid(edits.samples, edits.rewards, **kwargs)
    write_bytes(path, png_bytes(pixels))


def _written(values, height):
    """Returns a column of numbers, spread over the height."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (TEXT_WIDTH, height), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    row = height // len(values)
    for index, value in enumerate(values):
        place = (0, index * row + (row - TEXT_HEIGHT) // 2)
        draw.text(place, f"{value:+.2f}", fill=(0, 0, 0))
    return np.asarray(image)
