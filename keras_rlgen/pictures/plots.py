"""Plots of points and curves."""

import numpy as np

from keras_rlgen.whole_files import checked_path


def scatter(points, reference=None, title=""):
    """Draws a scatter plot of points, over reference points if there are any.

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


def write_curves(path, curves, x_label, y_label):
    """Plots curves to a PNG file.

    Args:
        path: File to write.
        curves: Dict from a name to a pair of sequences of equal length, x and y. Points
            where y is NaN are left out.
        x_label: String, the name of the horizontal axis.
        y_label: String, the name of the vertical axis.
    """
    from matplotlib.figure import Figure

    path = checked_path(path)
    if not curves:
        raise ValueError("Expected at least one curve. Received: none")
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
