"""Pictures of how observations change from one step to the next."""

import numpy as np

MAX_ARROWS = 200


def phase_portrait(transitions, axes=(0, 1), labels=None, max_arrows=MAX_ARROWS):
    """Draws transitions as arrows in the plane of two numbers of an observation.

    Each panel shows one set of transitions. The first, such as the real ones, is drawn
    in grey below the others too, so that generated transitions from the same
    observations lie over them where they are right.

    Args:
        transitions: Dict from titles to `Transition` of arrays, or to any object with
            the attributes `observation` and `next_observation`, arrays `(B, size)`.
        axes: Pair of integers, the two numbers of an observation.
        labels: Pair of strings, what they are. By default their indices.
        max_arrows: Integer >= 1. Of more transitions, as many evenly spaced ones are
            drawn.

    Returns:
        Uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If there are no transitions, or observations are not vectors that
            have these numbers.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure(transitions, axes, labels, max_arrows)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_phase_portrait(
    path, transitions, axes=(0, 1), labels=None, max_arrows=MAX_ARROWS
):
    """Writes a `phase_portrait` to a PNG file.

    Args:
        path: File to write.
        transitions: As in `phase_portrait`.
        axes: As in `phase_portrait`.
        labels: As in `phase_portrait`.
        max_arrows: As in `phase_portrait`.
    """
    _figure(transitions, axes, labels, max_arrows).savefig(path)


def _figure(transitions, axes, labels, max_arrows):
    from matplotlib.figure import Figure

    arrows = {
        title: _arrows(title, steps, axes, max_arrows)
        for title, steps in transitions.items()
    }
    if not arrows:
        raise ValueError("Expected at least one set of transitions. Received: none")
    labels = labels or [f"observation[{axis}]" for axis in axes]
    figure = Figure(figsize=(4 * len(arrows), 4), dpi=100, layout="tight")
    panels = figure.subplots(1, len(arrows), squeeze=False)[0]
    (_, reference), *_ = arrows.items()
    ends = np.concatenate([np.concatenate(x) for x in arrows.values()])
    low, high = ends.min(axis=0), ends.max(axis=0)
    margin = 0.05 * np.maximum(high - low, 1e-6)
    for index, (panel, (title, (start, end))) in enumerate(
        zip(panels, arrows.items(), strict=True)
    ):
        if index:
            _draw(panel, *reference, color="0.75", width=0.006)
        _draw(panel, start, end, color=f"C{index}", width=0.003)
        panel.set_xlim(low[0] - margin[0], high[0] + margin[0])
        panel.set_ylim(low[1] - margin[1], high[1] + margin[1])
        panel.set_title(title)
        panel.set_xlabel(labels[0])
        panel.set_ylabel(labels[1])
    return figure


def _arrows(title, steps, axes, max_arrows):
    """Returns where arrows start and end, each `(count, 2)`."""
    start, end = (np.asarray(x) for x in (steps.observation, steps.next_observation))
    if start.ndim != 2 or start.shape != end.shape or not len(start):
        raise ValueError(
            f"Expected observations of {title!r} of shape (batch, size), at least one. "
            f"Received: shapes {start.shape} and {end.shape}"
        )
    if not all(-start.shape[1] <= axis < start.shape[1] for axis in axes):
        raise ValueError(
            f"Expected `axes` to be two of the {start.shape[1]} numbers of an "
            f"observation. Received: {axes}"
        )
    rows = np.linspace(0, len(start) - 1, min(len(start), max_arrows)).astype(int)
    return start[rows][:, list(axes)], end[rows][:, list(axes)]


def _draw(panel, start, end, color, width):
    panel.quiver(
        *start.T,
        *(end - start).T,
        angles="xy",
        scale_units="xy",
        scale=1.0,
        color=color,
        width=width,
    )
