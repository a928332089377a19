"""Semantic directions in a latent space, for editing samples."""

import numpy as np

from keras_rlgen.arguments import is_integer

METHODS = ("logistic_regression", "mean_difference")


def attribute_direction(latents, attribute, method="logistic_regression"):
    """Computes the latent direction of an attribute.

    Args:
        latents: Array `(num_samples, latent_dim)`: of generated samples, or encoded
            real ones.
        attribute: Array `(num_samples,)` of 0 and 1: whether each sample has the
            attribute. Both must occur.
        method: `"logistic_regression"`, the normal of the separating hyperplane; or
            `"mean_difference"`, from the mean latent without to the mean latent with
            the attribute.

    Returns:
        Float32 array `(latent_dim,)` of length 1.

    Raises:
        ValueError: If shapes do not agree, the attribute is not of 0 and 1 or has only
            one value, the method is unknown, or the latents are not finite.

    Reference:
        [Shen et al., 2020](https://arxiv.org/abs/1907.10786), section 3.1, with a
        logistic regression in place of a support vector machine;
        [Larsen et al., 2016](https://arxiv.org/abs/1512.09300), section 4.2.1, for the
        difference of means.

    Example:

    >>> latents = np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 0.0], [4.0, 1.0]])
    >>> attribute_direction(latents, [0, 0, 1, 1]).round(3).tolist()
    [1.0, 0.0]
    """
    latents = _as_matrix("latents", latents)
    attribute = np.asarray(attribute).astype("float64")
    if attribute.shape != latents.shape[:1]:
        raise ValueError(
            f"Expected `attribute` of shape ({len(latents)},), one per latent. "
            f"Received: {attribute.shape}"
        )
    if not np.array_equal(np.unique(attribute), [0.0, 1.0]):
        raise ValueError(
            "Expected `attribute` of 0 and 1, both of them. Received the values "
            f"{np.unique(attribute)[:5].tolist()}. Compare with a threshold, such as "
            "`values > np.median(values)`."
        )
    if method == "mean_difference":
        with_it = latents[attribute == 1.0].mean(axis=0)
        return _unit(with_it - latents[attribute == 0.0].mean(axis=0))
    if method != "logistic_regression":
        raise ValueError(
            f"Unknown method: {method!r}. Expected one of {', '.join(METHODS)}."
        )
    from sklearn.linear_model import LogisticRegression

    return _unit(LogisticRegression(max_iter=1000).fit(latents, attribute).coef_[0])


def principal_directions(latents, features=None, count=None):
    """Computes the latent directions along which a generator varies most.

    Without features these are the principal components of the latents, for example of
    an encoder. With features `h`, such as the activations of a generator's first layer
    or its samples, the principal components of the features are computed. The direction
    of each is the least-squares regression of latents on its coordinate `c`: the `u`
    that minimises `sum |z - mean - u c|^2`.

    Args:
        latents: Array `(num_samples, latent_dim)`.
        features: Array `(num_samples, ...)`, flattened, or `None`.
        count: Integer, the number of directions. Defaults to all.

    Returns:
        Float32 array `(count, latent_dim)`, each of length 1, in order of decreasing
        variance. The sign of each is arbitrary.

    Raises:
        ValueError: If shapes do not agree, there are fewer than `count`, or values
            are not finite.

    Reference:
        [Härkönen et al., 2020](https://arxiv.org/abs/2004.02546), section 2.2.

    Example:

    >>> latents = np.array([[-2.0, 0.1], [-1.0, -0.1], [1.0, 0.1], [2.0, -0.1]])
    >>> np.abs(principal_directions(latents, count=1)).round(1).tolist()
    [[1.0, 0.0]]
    """
    latents = _as_matrix("latents", latents)
    features = latents if features is None else np.asarray(features)
    features = _as_matrix("features", features.reshape(len(features), -1))
    if len(features) != len(latents):
        raise ValueError(
            f"Expected features of each of {len(latents)} latents. "
            f"Received: {len(features)}"
        )
    most = min(len(latents) - 1, features.shape[1], latents.shape[1])
    count = most if count is None else count
    if not (is_integer(count) and 1 <= count <= most):
        raise ValueError(f"Expected `count` in [1, {most}]. Received: count={count}")
    _, _, components = np.linalg.svd(
        features - features.mean(axis=0), full_matrices=False
    )
    coordinates = (features - features.mean(axis=0)) @ components[:count].T
    directions, *_ = np.linalg.lstsq(coordinates, latents - latents.mean(axis=0))
    return np.stack([_unit(direction) for direction in directions])


def orthogonalized(direction, others):
    """Projects a direction onto the orthogonal complement of others.

    An edit along the result leaves the other attributes unchanged.

    Args:
        direction: Array `(latent_dim,)`.
        others: Array `(num_others, latent_dim)`, or one `(latent_dim,)`.

    Returns:
        Float32 array `(latent_dim,)` of length 1, orthogonal to all others.

    Raises:
        ValueError: If the direction lies in the span of the others.

    Reference:
        [Shen et al., 2020](https://arxiv.org/abs/1907.10786), section 3.2.

    Example:

    >>> orthogonalized([1.0, 1.0], [0.0, 2.0]).tolist()
    [1.0, 0.0]
    """
    direction = np.asarray(direction, "float64")
    others = np.atleast_2d(np.asarray(others, "float64"))
    shares, *_ = np.linalg.lstsq(others.T, direction)
    return _unit(direction - shares @ others, least=1e-6 * np.linalg.norm(direction))


def traverse(latents, direction, distances):
    """Returns latents moved along a direction.

    Args:
        latents: Array `(num_samples, latent_dim)`.
        direction: Array `(latent_dim,)`.
        distances: Floats, multiples of the direction; may be negative.

    Returns:
        Float32 array `(num_samples, len(distances), latent_dim)`.

    Example:

    >>> traverse([[0.0, 1.0]], [1.0, 0.0], distances=[-1, 0, 2]).tolist()
    [[[-1.0, 1.0], [0.0, 1.0], [2.0, 1.0]]]
    """
    latents = _as_matrix("latents", latents)
    direction = np.asarray(direction, "float64")
    if direction.shape != latents.shape[1:] or not np.isfinite(direction).all():
        raise ValueError(
            f"Expected a finite `direction` of shape {latents.shape[1:]}, as a latent. "
            f"Received: shape {direction.shape}"
        )
    steps = np.multiply.outer(np.asarray(distances, "float64"), direction)
    return (latents[:, np.newaxis] + steps).astype("float32")


def _unit(direction, least=0.0):
    length = np.linalg.norm(direction)
    if not length > least:
        raise ValueError(
            "There is no such direction: its length is 0. Are the latents of both "
            "kinds the same, or the others all there is?"
        )
    return (direction / length).astype("float32")


def _as_matrix(name, values):
    values = np.asarray(values, "float64")
    if values.ndim != 2 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"Expected finite `{name}` of shape (num_samples, size). Received: shape "
            f"{values.shape}, {np.sum(~np.isfinite(values))} values NaN or infinite."
        )
    return values
