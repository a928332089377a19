"""Radii of nearest-neighbor balls around samples."""

from keras_rlgen.arguments import is_integer

WORKING_MEMORY_MIB = 128


def check_neighbors(neighbors):
    """Raises `ValueError` unless `neighbors` is a positive integer."""
    if not is_integer(neighbors) or neighbors < 1:
        raise ValueError(
            "Argument `neighbors` must be an integer of at least 1. "
            f"Received: neighbors={neighbors!r}"
        )


def ball_radii(samples, neighbors):
    """Computes each sample's distance to its k-th nearest neighbor in the set.

    Args:
        samples: Float array `(num_samples, size)`, `num_samples > neighbors`.
        neighbors: Integer >= 1, the k. A sample is not its own neighbor.

    Returns:
        Float array `(num_samples,)`, Euclidean distances.

    Example:

    >>> ball_radii(np.array([[0.0], [1.0], [3.0]]), neighbors=1).tolist()
    [1.0, 1.0, 2.0]
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=neighbors).fit(samples)
    return search.kneighbors()[0][:, -1]
