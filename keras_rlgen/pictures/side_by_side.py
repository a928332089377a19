"""Frames of two episodes side by side."""

import numpy as np

GAP, STRIP = 4, 16  # Pixels: between the frames, and above them for the labels.


def side_by_side(left, right, labels=("real", "model"), captions=None):
    """Joins the frames of two episodes, step by step.

    Where one episode is over, its last frame stays and fades.

    Args:
        left: List of uint8 arrays `(height, width, 3)`, at least one.
        right: List of uint8 arrays of the same height.
        labels: Pair of strings, written above the frames.
        captions: Pair of lists of strings, as many as frames, written after the labels;
            or `None`.

    Returns:
        List of uint8 arrays, as many as the longer episode has frames.

    Raises:
        ValueError: If an episode has no frame, or the frames do not fit each other.

    Example:

    >>> black = np.zeros((40, 60, 3), np.uint8)
    >>> frames = side_by_side([black] * 3, [black] * 2)
    >>> len(frames), frames[0].shape
    (3, (56, 124, 3))
    """
    left, right = list(left), list(right)
    if not left or not right:
        raise ValueError(
            "Expected at least one frame of each episode. Received: "
            f"{len(left)} and {len(right)}"
        )
    shapes = {np.shape(frame) for frame in left}, {np.shape(frame) for frame in right}
    heights = {shape[0] for shape in shapes[0] | shapes[1]}
    if any(len(of_one) > 1 for of_one in shapes) or len(heights) > 1:
        raise ValueError(
            "Expected frames of one shape for each episode, and of one height. "
            f"Received: {shapes[0]} and {shapes[1]}"
        )
    joined = []
    for step in range(max(len(left), len(right))):
        columns = []
        for side, frames in enumerate((left, right)):
            last = min(step, len(frames) - 1)
            frame = np.asarray(frames[last], np.uint8)
            if step > last:
                frame = 191 + frame // 4
            text = labels[side]
            if captions is not None:
                text += f" {captions[side][last]}"
            columns.append(np.concatenate([_strip(text, frame.shape[1]), frame]))
        gap = np.full((len(columns[0]), GAP, 3), 255, np.uint8)
        joined.append(np.concatenate([columns[0], gap, columns[1]], axis=1))
    return joined


def _strip(text, width):
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, STRIP), (255, 255, 255))
    ImageDraw.Draw(image).text((4, 2), text, fill=(0, 0, 0))
    return np.asarray(image)
