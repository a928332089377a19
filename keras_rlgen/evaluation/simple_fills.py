"""Restorations without a model, to compare restoring models with."""

import numpy as np

from keras_rlgen.arguments import check_integer


def mean_fill(degraded, train, known=None):
    """Fills every damaged image with the mean training image.

    Args:
        degraded: Array or tensor `(batch, height, width, ...)`, the damaged images; the
            first channels are those of an image.
        train: Array `(num_train, height, width, channels)`, undamaged images.
        known: Bool array `(batch, height, width)`, which pixels to keep, or `None` for
            none, as for noise.

    Returns:
        Float32 array `(batch, height, width, channels)`.

    Example:

    >>> train = np.array([0.0, 1.0]).reshape(2, 1, 1, 1)
    >>> mean_fill(np.zeros((1, 1, 1, 1)), train).tolist()
    [[[[0.5]]]]
    """
    train = np.asarray(train, "float32")
    _pixels(degraded, train)
    return _keep(degraded, np.mean(train, axis=0, keepdims=True), known)


def nearest_neighbor_fill(degraded, train, known=None, batch_size=500):
    """Fills every damaged image with the training image that is nearest to it.

    Nearest in the squared distance of the known pixels; where none is known, as under
    noise, of all pixels.

    Args:
        degraded: As in `mean_fill`.
        train: As in `mean_fill`.
        known: As in `mean_fill`.
        batch_size: Integer, images compared at a time.

    Returns:
        Float32 array `(batch, height, width, channels)`.

    Example:

    >>> train = np.array([[0.0, 7.0], [1.0, 8.0]]).reshape(2, 1, 2, 1)
    >>> damaged = np.array([[0.75, 0.0]]).reshape(1, 1, 2, 1)
    >>> known = np.array([[[True, False]]])
    >>> nearest_neighbor_fill(damaged, train, known).ravel().tolist()
    [0.75, 8.0]
    """
    check_integer("batch_size", batch_size)
    train = np.asarray(train, "float32")
    pixels = _pixels(degraded, train)
    weights = np.ones_like(pixels)
    if known is not None:
        weights *= np.asarray(known, "float32")[..., np.newaxis]
    points = train.reshape(len(train), -1)
    squares = np.square(points).T
    nearest = []
    for start in range(0, len(pixels), batch_size):
        rows = slice(start, start + batch_size)
        weight = weights[rows].reshape(-1, points.shape[1])
        seen = weight * pixels[rows].reshape(weight.shape)
        # The squared distance but for a term that is the same for all of `train`.
        distances = weight @ squares - 2.0 * seen @ points.T
        nearest.append(np.argmin(distances, axis=1))
    return _keep(degraded, train[np.concatenate(nearest)], known)


def _pixels(degraded, train):
    degraded = np.asarray(degraded, "float32")
    if degraded.shape[1:-1] != train.shape[1:-1] or not len(train):
        raise ValueError(
            "Expected damaged images of the height and width of those in `train`, at "
            f"least one. Received: shapes {degraded.shape} and {train.shape}"
        )
    if not (np.isfinite(degraded).all() and np.isfinite(train).all()):
        raise ValueError(
            "Expected finite images. Received some with NaN or infinite values."
        )
    return degraded[..., : train.shape[-1]]


def _keep(degraded, filled, known):
    """Returns filled images with the known pixels of the damaged ones."""
    pixels = _pixels(degraded, filled)
    if known is None:
        return np.broadcast_to(filled, pixels.shape).copy()
    return np.where(np.asarray(known, bool)[..., np.newaxis], pixels, filled)
