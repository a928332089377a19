"""Nearest-neighbor test for copies of training samples."""

import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices, centred
from keras_rlgen.metrics.neighbor_balls import ball_radii


def nearest_neighbor_test(train, held_out, generated, seed=0):
    """Compares the distances of generated and held-out samples to the training set.

    Held-out samples give the distance of new samples that are not copies. With `d(y)`
    the Euclidean distance of `y` to the nearest training sample:

    - `copying_probability`: `P(d(generated) < d(held out))`, ties counted half. 1/2 for
      samples like new data; towards 1 for copies; towards 0 for samples unlike the
      data.
    - `copying_z`: its Mann-Whitney statistic, in standard deviations under the null
      hypothesis; above about 3 is significant.
    - `authenticity`: the fraction of generated samples that are farther from their
      nearest training sample than this is from its own nearest neighbor.
    - `nearer_to_train`: the fraction of generated samples whose nearest training sample
      is nearer than their nearest held-out one, with both sets subsampled to equal
      size. 1/2 for a generator that has generalised.

    Args:
        train: Array of shape `(num_train, feature_size)`, the generator's training
            data, `num_train >= 2`.
        held_out: Array of shape `(num_held_out, feature_size)`, real samples not used
            in training, `num_held_out >= 2`.
        generated: Array of shape `(num_generated, feature_size)`,
            `num_generated >= 2`.
        seed: Integer >= 0, of the subsampling for `nearer_to_train`.

    Returns:
        Dictionary of floats: the names above, and `train_distance` and
        `train_distance_held_out`, the means of `d`.

    Raises:
        ValueError: If shapes do not agree, a set has fewer than two samples, or a
            value is not finite.

    Reference:

    - [Meehan et al., 2020](https://arxiv.org/abs/2004.05675), the statistic of
      one cell; with the sign chosen so that copies score high.
    - [Alaa et al., 2022](https://arxiv.org/abs/2102.08921) (authenticity)

    Example:

    >>> train, held_out = np.random.default_rng(0).normal(size=(2, 100, 2))
    >>> scores = nearest_neighbor_test(train, held_out, generated=train)
    >>> scores["copying_probability"], scores["authenticity"]
    (1.0, 0.0)
    """
    train, held_out = as_feature_matrices(
        train, held_out, minimum=2, names=("train", "held_out")
    )
    _, generated = as_feature_matrices(
        train, generated, minimum=2, names=("train", "generated")
    )
    train, held_out, generated = centred(train, held_out, generated)
    generated_distances, nearest = _nearest(generated, train)
    held_out_distances, _ = _nearest(held_out, train)
    probability, z = _mann_whitney(held_out_distances, generated_distances)
    own_distances = ball_radii(train, neighbors=1)
    random = np.random.default_rng(seed)
    count = min(len(train), len(held_out))
    some_train, some_held_out = (
        samples[random.permutation(len(samples))[:count]]
        for samples in (train, held_out)
    )
    to_train, _ = _nearest(generated, some_train)
    to_held_out, _ = _nearest(generated, some_held_out)
    return {
        "copying_probability": probability,
        "copying_z": z,
        "authenticity": float(np.mean(generated_distances > own_distances[nearest])),
        "nearer_to_train": float(np.mean(to_train < to_held_out)),
        "train_distance": float(generated_distances.mean()),
        "train_distance_held_out": float(held_out_distances.mean()),
    }


def nearest_neighbors(samples, train, count=1):
    """Returns the nearest training samples of each sample.

    Args:
        samples: Array of shape `(num_samples, feature_size)`.
        train: Array of shape `(num_train, feature_size)`.
        count: Integer in [1, num_train].

    Returns:
        A pair of arrays `(num_samples, count)`: the Euclidean distances, nearest
        first, and the rows of `train`.

    Raises:
        ValueError: If shapes do not agree, there are fewer than `count` training
            samples, or a value is not finite.

    Example:

    >>> distances, rows = nearest_neighbors([[0.9]], [[0.0], [1.0]], count=2)
    >>> rows.tolist()
    [[1, 0]]
    """
    from sklearn.neighbors import NearestNeighbors

    train, samples = as_feature_matrices(
        train, samples, minimum=1, names=("train", "sample")
    )
    train, samples = centred(train, samples)
    if not 1 <= count <= len(train):
        raise ValueError(
            f"Expected `count` in [1, {len(train)}], the training samples. "
            f"Received: count={count}"
        )
    return NearestNeighbors(n_neighbors=count).fit(train).kneighbors(samples)


def _nearest(samples, train):
    distances, rows = nearest_neighbors(samples, train)
    return distances[:, 0], rows[:, 0]


def _mann_whitney(larger, smaller):
    """Computes the fraction of pairs `larger > smaller`, and its z-score."""
    from scipy.stats import rankdata

    n, m = len(larger), len(smaller)
    ranks = rankdata(np.concatenate([larger, smaller]))
    statistic = ranks[:n].sum() - n * (n + 1) / 2.0
    deviation = np.sqrt(n * m * (n + m + 1) / 12.0)
    return float(statistic / (n * m)), float((statistic - n * m / 2.0) / deviation)
