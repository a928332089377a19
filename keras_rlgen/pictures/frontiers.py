"""Frontiers of quality and diversity, over temperature."""

import numpy as np

from keras_rlgen.pictures.image_files import png_bytes
from keras_rlgen.whole_files import write_bytes


def frontiers(curves, x_label, y_label, title=""):
    """Draws one line a model through its points, each with its temperature.

    Args:
        curves: Dict from names to tuples of three arrays of equal length: x, y and
            temperature.
        x_label: String, the name of the horizontal axis.
        y_label: String, the name of the vertical axis.
        title: String.

    Returns:
        Uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If there are no curves, or arrays of different lengths.

    Example:

    >>> curve = np.array([1.0, 2.0]), np.array([3.0, 2.0]), np.array([1.0, 0.5])
    >>> frontiers({"likelihood": curve}, "NLL", "quality").dtype
    dtype('uint8')
    """
    if not curves:
        raise ValueError("Expected at least one curve. Received none.")
    for name, arrays in curves.items():
        if len({len(array) for array in arrays}) != 1 or len(arrays) != 3:
            raise ValueError(
                f"Expected x, y and temperature of equal length for {name!r}. "
                f"Received: lengths {[len(array) for array in arrays]}"
            )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), dpi=100, layout="tight")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, (x, y, temperatures) in curves.items():
        (line,) = axes.plot(x, y, marker="o", markersize=4, label=name)
        for values in zip(x, y, temperatures, strict=True):
            axes.annotate(
                f"{values[2]:g}",
                values[:2],
                xytext=(3, 3),
                textcoords="offset points",
                fontsize=7,
                color=line.get_color(),
            )
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_frontiers(path, curves, x_label, y_label, title=""):
    """Writes a picture of frontiers to a PNG file: see `frontiers`.

    Args:
        path: File to write.
        curves: As in `frontiers`.
        x_label: As in `frontiers`.
        y_label: As in `frontiers`.
        title: String.
    """
    pixels = frontiers(curves, x_label, y_label, title)
    write_bytes(path, png_bytes(pixels))
