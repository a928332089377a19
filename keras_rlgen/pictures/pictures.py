"""Pictures of samples, as arrays of pixels."""

import io
import pathlib

import numpy as np


def image_grid(images, columns=None, value_range=None, scale=None):
    """Lays images out in a grid.

    Args:
        images: Array `(num_images, height, width, channels)`, 1 or 3 channels.
        columns: Integer. Defaults to the square root of the number of images.
        value_range: `(low, high)`, shown as black and white. Defaults to (-1, 1) if
            any value is negative, else (0, 1).
        scale: Integer, screen pixels to an image pixel. Defaults to what makes a
            cell at least 48 pixels high.

    Returns:
        Uint8 array `(rows * cell, columns * cell, 3)`.

    Raises:
        ValueError: If `images` is not of that shape.
    """
    images = np.asarray(images, np.float32)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "Expected images of shape (num_images, height, width, 1 or 3). "
            f"Received: {images.shape}"
        )
    if value_range is None:
        value_range = (-1.0, 1.0) if images.min() < 0.0 else (0.0, 1.0)
    low, high = value_range
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


def scatter(points, reference=None, title=""):
    """Draws points of the plane, over reference points if there are any.

    Args:
        points: Array `(num_points, 2)`.
        reference: Array `(num_reference, 2)`, drawn in grey; it sets the limits.
        title: String.

    Returns:
        Uint8 array `(height, width, 3)`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 4), dpi=100, layout="tight")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    limits = points if reference is None else reference
    if reference is not None:
        axes.scatter(*np.asarray(reference).T, s=2, color="0.75")
    axes.scatter(*np.asarray(points).T, s=3, alpha=0.5)
    low, high = np.min(limits, axis=0), np.max(limits, axis=0)
    margin = 0.15 * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_aspect("equal")
    axes.set_title(title)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def png_bytes(pixels):
    """Returns a uint8 array `(height, width, 3)` as the bytes of a PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def write_image_grid(path, images, **kwargs):
    """Writes images as a grid to a PNG file.

    Args:
        path: File to write.
        images: As in `image_grid`.
        **kwargs: `columns`, `value_range` and `scale`, as in `image_grid`.
    """
    pathlib.Path(path).write_bytes(png_bytes(image_grid(images, **kwargs)))


def write_animation(path, frames, seconds_per_frame=0.4):
    """Writes frames, uint8 arrays of one shape, as a looping GIF."""
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    durations = [int(1000 * seconds_per_frame)] * len(images)
    durations[-1] *= 4
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=durations, loop=0
    )


def write_curves(path, curves, x_label, y_label):
    """Writes a plot of curves to a PNG file.

    Args:
        path: File to write.
        curves: Dict from a name to a pair of sequences of equal length, x and y. Points
            where y is NaN are left out.
        x_label: String, the name of the horizontal axis.
        y_label: String, the name of the vertical axis.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), dpi=100, layout="tight")
    axes = figure.add_subplot()
    for name, (x, y) in curves.items():
        x, y = np.asarray(x), np.asarray(y)
        known = np.isfinite(y)
        axes.plot(x[known], y[known], label=name)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)
