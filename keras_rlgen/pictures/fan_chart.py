"""Fan charts: quantiles of imagined trajectories beside the real one."""

import numpy as np

from keras_rlgen.pictures.image_files import png_bytes
from keras_rlgen.whole_files import write_bytes

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan_chart(imagined, real=None, names=None, title="", columns=None):
    """Draws the quantiles of imagined trajectories over time, a plot a component.

    The lighter band holds 90% of the trajectories, the darker one 50%, the line is
    their median. A real trajectory under the same actions is drawn in black: where it
    leaves the light band for long, the model is wrong and does not know.

    Args:
        imagined: Float array `(num_trajectories, K + 1, components)`. Steps after the
            end of a trajectory are NaN, and are left out.
        real: Float array `(T + 1, components)`, or `None`. What lies beyond `K` steps
            is left out.
        names: List of strings, the names of the components.
        title: String.
        columns: Integer, plots side by side. By default the square root of their
            number.

    Returns:
        Uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If the arrays have other shapes, no trajectory or no step, or
            `names` another length.

    Example:

    >>> imagined = np.cumsum(np.ones((8, 6, 2)), axis=1)
    >>> fan_chart(imagined, real=imagined[0], names=["x", "y"]).dtype
    dtype('uint8')
    """
    imagined, real, names = _checked(imagined, real, names)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = imagined.shape[2]
    columns = columns or int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    figure = Figure(figsize=(3.2 * columns, 2.2 * rows), dpi=100, layout="tight")
    canvas = FigureCanvasAgg(figure)
    bands = fan_quantiles(imagined)
    steps = np.arange(imagined.shape[1])
    for index, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, index + 1)
        low, lower, median, upper, high = bands[:, :, index]
        axes.fill_between(steps, low, high, color="tab:blue", alpha=0.2, linewidth=0)
        axes.fill_between(steps, lower, upper, color="tab:blue", alpha=0.35, lw=0)
        axes.plot(steps, median, color="tab:blue", label="imagined")
        if real is not None:
            axes.plot(steps[: len(real)], real[:, index], color="black", label="real")
        axes.set_title(name, fontsize=9)
        axes.set_xlim(0, steps[-1])
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=7)
        if index >= count - columns:
            axes.set_xlabel("steps", fontsize=8)
        if index == 0:
            axes.legend(fontsize=7)
    figure.suptitle(title, fontsize=10)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_fan_chart(path, imagined, real=None, **kwargs):
    """Writes a fan chart to a PNG file: see `fan_chart`.

    Args:
        path: File to write.
        imagined: As in `fan_chart`.
        real: As in `fan_chart`.
        **kwargs: `names`, `title` and `columns`, as in `fan_chart`.
    """
    pixels = fan_chart(imagined, real, **kwargs)
    write_bytes(path, png_bytes(pixels))


def fan_quantiles(imagined):
    """Computes the 5, 25, 50, 75 and 95% quantiles of trajectories.

    Args:
        imagined: Float array `(num_trajectories, K + 1, components)`; NaN is left out.

    Returns:
        Float array `(5, K + 1, components)`, NaN where no trajectory goes on.

    Example:

    >>> fan_quantiles(np.arange(101.0).reshape(101, 1, 1)).ravel().tolist()
    [5.0, 25.0, 50.0, 75.0, 95.0]
    """
    bands = np.full((len(QUANTILES), *imagined.shape[1:]), np.nan)
    alive = np.isfinite(imagined).any(axis=0)
    bands[:, alive] = np.nanquantile(imagined[:, alive], QUANTILES, axis=0)
    return bands


def _checked(imagined, real, names):
    imagined = np.asarray(imagined, float)
    if imagined.ndim != 3 or imagined.shape[1] < 2 or 0 in imagined.shape:
        raise ValueError(
            "Expected imagined trajectories of shape (num_trajectories, K + 1, "
            f"components), K >= 1. Received: {imagined.shape}"
        )
    _, length, count = imagined.shape
    if real is not None:
        real = np.asarray(real, float)
        if real.ndim != 2 or real.shape[1] != count:
            raise ValueError(
                f"Expected a real trajectory of shape (T + 1, {count}), of the "
                f"components of the imagined ones. Received: {real.shape}"
            )
        real = real[:length]
    if names is None:
        names = [f"component {index}" for index in range(count)]
    if len(names) != count:
        raise ValueError(f"Expected {count} names. Received: {names}")
    return imagined, real, names
