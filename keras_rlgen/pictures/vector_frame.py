import numpy as np

WIDTH, ROW = 200, 18  # Pixels.
BAR, AXIS, BORDER = (77, 121, 204), (40, 40, 40), (225, 225, 225)


def vector_frame(observation, low=-np.inf, high=np.inf):
    """Draws a vector as horizontal bars from zero, for what has no picture of its own.

    Args:
        observation: Float array of any shape, of at most 64 numbers.
        low: Array that broadcasts to it, the lowest values.
        high: Array, the highest values. A component without finite bounds is shown as
            `x / (1 + |x|)`, so that any number fits.

    Returns:
        Uint8 array `(height, 200, 3)`, a row for each component.

    Raises:
        ValueError: If there are too many numbers.

    Example:

    >>> vector_frame(np.array([0.5, -2.0])).shape
    (36, 200, 3)
    """
    observation = np.asarray(observation, float)
    if not 1 <= observation.size <= 64:
        raise ValueError(
            "Expected a vector of 1 to 64 numbers. Received: shape "
            f"{observation.shape}. Draw it by a `frame_function` of your own."
        )
    values = observation.ravel()
    low, high = (np.broadcast_to(x, observation.shape).ravel() for x in (low, high))
    reach = np.maximum(np.abs(low), np.abs(high))
    bounded = np.isfinite(reach) & (reach > 0.0)
    fractions = np.where(
        bounded, values / np.where(bounded, reach, 1.0), values / (1 + np.abs(values))
    )
    pixels = np.full((ROW * len(values), WIDTH, 3), 255, np.uint8)
    middle = WIDTH // 2
    for index, fraction in enumerate(np.clip(np.nan_to_num(fractions), -1.0, 1.0)):
        end = middle + round(float(fraction) * (middle - 2))
        first, last = sorted((middle, end))
        pixels[index * ROW + 3 : (index + 1) * ROW - 3, first : last + 1] = BAR
        pixels[(index + 1) * ROW - 1] = BORDER
    pixels[:, middle] = AXIS
    return pixels
