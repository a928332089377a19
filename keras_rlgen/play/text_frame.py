import numpy as np

from keras_rlgen.arguments import is_integer

SHADES = "@%#*+=-:. "  # From dark to light.
ASPECT = 2.0  # The height of a character by its width.


def text_frame(frame, width=64):
    """Converts a picture to coarse characters, for a terminal.

    Args:
        frame: Uint8 array `(height, width, 3)`.
        width: Integer >= 1, characters in a line.

    Returns:
        List of strings, the lines.

    Raises:
        ValueError: If the frame is another array, or `width` is out of its range.

    Example:

    >>> frame = np.full((8, 16, 3), 255, np.uint8)
    >>> frame[:, :8] = 0
    >>> text_frame(frame, width=8)
    ['@@@@    ', '@@@@    ']
    """
    frame = np.asarray(frame)
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(
            "Expected a frame of shape (height, width, 3) and dtype uint8. Received: "
            f"shape {frame.shape}, dtype {frame.dtype}"
        )
    if not is_integer(width) or width < 1:
        raise ValueError(f"Expected `width` to be >= 1. Received: {width!r}")
    from PIL import Image

    height = max(1, round(width * frame.shape[0] / frame.shape[1] / ASPECT))
    image = Image.fromarray(frame).convert("L").resize((width, height), Image.BOX)
    # Thin lines are to be seen: shades are darker than they are bright.
    brightness = np.square(np.asarray(image) / 255.0)
    shades = np.minimum((brightness * len(SHADES)).astype(int), len(SHADES) - 1)
    return ["".join(SHADES[shade] for shade in row) for row in shades]
