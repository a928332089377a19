"""Pictures of music as piano rolls."""

import numpy as np

from keras_rlgen.pictures import png_bytes
from keras_rlgen.whole_files import write_bytes

COLORS = ("#c0392b", "#2471a3", "#1e8449", "#7d3c98")
BLACK_KEYS = (1, 3, 6, 8, 10)


def piano_roll(tokens, encoding, columns=1, quarters_per_bar=4, titles=None):
    """Draws music as piano rolls: time from left to right, pitch upwards.

    Voices have colours of their own, a note's beginning is dark, and rows of black keys
    are grey. Lines separate bars.

    Args:
        tokens: Int array, of one piece or a batch of them.
        encoding: The `Encoding` of the tokens.
        columns: Integer >= 1, pieces side by side.
        quarters_per_bar: Integer >= 1.
        titles: List of strings, one for each piece, or `None`.

    Returns:
        Uint8 array `(height, width, 3)`.

    Raises:
        ValueError: If tokens are of another encoding, or there is none.

    Example:

    ```python
    pixels = music.piano_roll(model.generate(4, seed=0), encoding, columns=2)
    ```
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tokens = np.asarray(tokens)
    if tokens.ndim == len(encoding.sample_shape(1)):
        tokens = tokens[np.newaxis]
    pieces = [encoding.decode(piece) for piece in tokens]
    if not pieces:
        raise ValueError(f"Expected one piece or more. Received: {tokens.shape}")
    pitches = [note.pitch for piece in pieces for voice in piece for note in voice]
    low, high = min(pitches, default=60) - 2, max(pitches, default=72) + 2
    quarters = encoding.num_steps(tokens.shape[1:]) / encoding.steps_per_quarter
    rows = -(-len(pieces) // columns)
    height = min(max(0.04 * (high - low), 1.0), 3.0) + 0.5
    width = min(max(0.18 * quarters, 3.0), 14.0)
    figure = Figure(
        figsize=(width * columns + 0.6, height * rows + 0.2), dpi=100, layout="tight"
    )
    canvas = FigureCanvasAgg(figure)
    for index, voices in enumerate(pieces):
        axes = figure.add_subplot(rows, columns, index + 1)
        _draw(axes, voices, encoding.has_voices)
        for pitch in range(low, high + 1):
            if pitch % 12 in BLACK_KEYS:
                axes.axhspan(pitch - 0.5, pitch + 0.5, color="0.93", zorder=0)
        octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
        axes.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
        bars = np.arange(0, quarters + 1e-6, quarters_per_bar)
        axes.set_xticks(bars, [str(bar + 1) for bar in range(len(bars))])
        axes.grid(axis="x", color="0.7", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_xlim(0.0, quarters)
        axes.set_ylim(low - 0.5, high + 0.5)
        if titles is not None:
            axes.set_title(titles[index], fontsize=9)
        if index >= len(pieces) - columns:
            axes.set_xlabel("bar")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _draw(axes, voices, has_voices):
    for index, notes in enumerate(voices):
        if not notes:
            continue
        color = COLORS[index % len(COLORS)] if has_voices else COLORS[1]
        pitches, starts, durations = np.asarray(notes, float).T
        axes.barh(pitches, durations, 0.8, starts, color=color, alpha=0.55)
        axes.barh(pitches, np.minimum(durations, 0.12), 0.8, starts, color=color)


def write_piano_roll(path, tokens, encoding, **kwargs):
    """Writes a picture of music to a PNG file.

    Args:
        path: File to write.
        tokens: As in `piano_roll`.
        encoding: As in `piano_roll`.
        **kwargs: `columns`, `quarters_per_bar` and `titles`, as in `piano_roll`.
    """
    write_bytes(path, png_bytes(piano_roll(tokens, encoding, **kwargs)))
