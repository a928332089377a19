"""scikit-learn classifiers of feature vectors, by name."""

import math

_NAMES = ("logistic_regression", "nearest_neighbors")


def vector_classifier(identifier, num_train):
    """Returns an unfitted classifier of feature vectors.

    Args:
        identifier: `"logistic_regression"` (on standardised features),
            `"nearest_neighbors"` (the majority among the odd number nearest to the
            square root of `num_train`), or a scikit-learn classifier, which is cloned
            unfitted.
        num_train: Integer, the number of vectors it will be fitted to.

    Returns:
        A scikit-learn classifier.

    Raises:
        ValueError: If a name is unknown.
        TypeError: If `identifier` has no `fit` and `predict`.

    Example:

    >>> vector_classifier("nearest_neighbors", num_train=100)
    KNeighborsClassifier(n_neighbors=11)
    """
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    expected = f"Expected one of {', '.join(_NAMES)}, or a scikit-learn classifier."
    if identifier == "logistic_regression":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    if identifier == "nearest_neighbors":
        return KNeighborsClassifier(n_neighbors=math.isqrt(num_train) | 1)
    if isinstance(identifier, str):
        raise ValueError(f"Unknown classifier: {identifier!r}. {expected}")
    if not (hasattr(identifier, "fit") and hasattr(identifier, "predict")):
        raise TypeError(
            f"{expected} Received: {identifier!r} of type {type(identifier).__name__}"
        )
    return clone(identifier)
