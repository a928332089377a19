"""Train on synthetic, test on real."""

import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices
from keras_rlgen.metrics.vector_classifiers import vector_classifier


def train_on_synthetic(
    train,
    train_labels,
    generated,
    generated_labels,
    held_out,
    held_out_labels,
    classifier="logistic_regression",
):
    """Computes the accuracy on real data of a classifier trained on generated samples.

    Two classifiers of the same kind, one trained on generated samples and their labels,
    one on real training samples, classify the same held-out real samples. The closer
    the generated samples of each class are to its real ones, in fidelity and diversity,
    the closer are the two accuracies.

    Args:
        train: Array of shape `(num_train, feature_size)`.
        train_labels: Integers of shape `(num_train,)`.
        generated: Array of shape `(num_generated, feature_size)`. Use `num_train`
            samples for a fair comparison.
        generated_labels: Integers of shape `(num_generated,)`.
        held_out: Array of shape `(num_held_out, feature_size)`.
        held_out_labels: Integers of shape `(num_held_out,)`.
        classifier: `"logistic_regression"`, `"nearest_neighbors"` or a
            scikit-learn classifier.

    Returns:
        `(synthetic_accuracy, real_accuracy)`: floats in [0, 1].

    Raises:
        ValueError: If shapes do not agree, there are labels of fewer than two
            classes to train on, a value is not finite, or `classifier` is an unknown
            name.
        TypeError: If `classifier` is neither a name nor a classifier.

    Reference:

    - [Esteban et al., 2017](https://arxiv.org/abs/1706.02633) (TSTR)
    - [Ravuri and Vinyals, 2019](https://arxiv.org/abs/1905.10887) (the
      classification accuracy score), with a classifier of feature vectors in
      place of a deep network.

    Example:

    >>> x, y = np.arange(20.0)[:, None], np.repeat([0, 1], 10)
    >>> train_on_synthetic(x, y, x, y[::-1], x, y)
    (0.0, 1.0)
    """
    train, held_out = as_feature_matrices(
        train, held_out, minimum=1, names=("train", "held_out")
    )
    _, generated = as_feature_matrices(
        train, generated, minimum=1, names=("train", "generated")
    )
    held_out_labels = _as_labels("held_out", held_out_labels, held_out)

    def accuracy(name, features, labels):
        labels = _as_labels(name, labels, features)
        if len(np.unique(labels)) < 2:
            raise ValueError(
                f"Expected `{name}_labels` of at least two classes. Received only: "
                f"{np.unique(labels).tolist()}. Generate samples of every class."
            )
        model = vector_classifier(classifier, len(features)).fit(features, labels)
        return float(np.mean(model.predict(held_out) == held_out_labels))

    return (
        accuracy("generated", generated, generated_labels),
        accuracy("train", train, train_labels),
    )


def _as_labels(name, labels, features):
    labels = np.asarray(labels)
    if labels.shape != (len(features),) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected `{name}_labels` to be integers of shape ({len(features)},), "
            f"one per sample. Received: {labels.dtype} of shape {labels.shape}"
        )
    return labels
