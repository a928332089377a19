"""Mixtures of Gaussians in the plane, whose modes can be counted exactly.

They make mode collapse measurable: see `keras_rlgen.metrics.mode_coverage`, which takes
the centers returned here.
"""

import numpy as np

from keras_rlgen.arguments import is_integer, is_number


def ring_centers(num_modes=8, radius=1.0):
    """Returns the centers of the modes of `gaussian_ring`.

    Mode `i` lies at angle `2 * pi * i / num_modes`.

    Args:
        num_modes: Integer >= 1, number of modes.
        radius: Float > 0, distance of every mode from the origin.

    Returns:
        float32 array of shape `(num_modes, 2)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> ring_centers(num_modes=4, radius=2.0).round(3)[0].tolist()
    [2.0, 0.0]
    """
    _check_count("num_modes", num_modes, minimum=1)
    _check_positive("radius", radius)
    angles = 2.0 * np.pi * np.arange(num_modes) / num_modes
    centers = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return centers.astype("float32")


def grid_centers(size=5, spacing=2.0):
    """Returns the centers of the modes of `gaussian_grid`.

    The grid is centered on the origin: by default
    `{-4, -2, 0, 2, 4} x {-4, -2, 0, 2, 4}`, first coordinate slowest.

    Args:
        size: Integer >= 1, modes along each side.
        spacing: Float > 0, distance between neighboring modes.

    Returns:
        float32 array of shape `(size * size, 2)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> grid_centers(size=2, spacing=2.0).tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    _check_count("size", size, minimum=1)
    _check_positive("spacing", spacing)
    line = spacing * (np.arange(size) - (size - 1) / 2.0)
    first, second = np.meshgrid(line, line, indexing="ij")
    centers = np.stack([first.ravel(), second.ravel()], axis=1)
    return centers.astype("float32")


def gaussian_ring(num_samples=100_000, num_modes=8, radius=1.0, scale=0.01, seed=None):
    """Samples equally weighted Gaussians on a circle.

    The defaults are the "2D ring" of the PacGAN benchmark.

    Args:
        num_samples: Integer >= 0, number of points.
        num_modes: Integer >= 1, number of Gaussians.
        radius: Float > 0, radius of the circle of their means.
        scale: Float > 0, their standard deviation along each axis.
        seed: Integer >= 0, or `None`. `None` takes a seed from NumPy's global
            generator, which `keras.utils.set_random_seed` controls.

    Returns:
        float32 array of shape `(num_samples, 2)`. Each point's mode is sampled
        independently; the rows are in random order.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:

    - [Lin et al., 2018, PacGAN](https://arxiv.org/abs/1712.04086), section 4.1

    Example:

    >>> points = gaussian_ring(num_samples=2500, seed=0)
    >>> points.shape, points.dtype.name
    ((2500, 2), 'float32')
    """
    return _mixture(num_samples, ring_centers(num_modes, radius), scale, seed)


def gaussian_grid(num_samples=100_000, size=5, spacing=2.0, scale=0.05, seed=None):
    """Samples equally weighted Gaussians on a square grid.

    The defaults are the "2D grid" of the PacGAN benchmark.

    Args:
        num_samples: Integer >= 0, number of points.
        size: Integer >= 1, Gaussians along each side of the grid.
        spacing: Float > 0, distance between neighboring means.
        scale: Float > 0, their standard deviation along each axis.
        seed: As in `gaussian_ring`.

    Returns:
        float32 array of shape `(num_samples, 2)`, as `gaussian_ring`.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:

    - [Lin et al., 2018, PacGAN](https://arxiv.org/abs/1712.04086), section 4.1

    Example:

    >>> points = gaussian_grid(num_samples=2500, seed=0)
    >>> points.shape, points.dtype.name
    ((2500, 2), 'float32')
    """
    return _mixture(num_samples, grid_centers(size, spacing), scale, seed)


def _mixture(num_samples, centers, scale, seed):
    _check_count("num_samples", num_samples, minimum=0)
    _check_positive("scale", scale)
    if seed is None:
        seed = np.random.randint(2**31)
    _check_count("seed", seed, minimum=0)
    random = np.random.default_rng(seed)
    modes = random.integers(len(centers), size=num_samples)
    noise = random.standard_normal((num_samples, 2))
    return (centers[modes] + scale * noise).astype("float32")


def _check_count(name, value, minimum):
    if not is_integer(value) or value < minimum:
        raise ValueError(
            f"Argument `{name}` must be an integer of at least {minimum}. "
            f"Received: {name}={value!r}"
        )


def _check_positive(name, value):
    if not is_number(value) or not 0.0 < value < np.inf:
        raise ValueError(
            f"Argument `{name}` must be a positive, finite number. "
            f"Received: {name}={value!r}"
        )
