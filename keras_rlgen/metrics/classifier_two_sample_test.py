"""Classifier two-sample test of real and generated samples."""

import keras
import numpy as np

from keras_rlgen.metrics.feature_matrices import as_feature_matrices, centred
from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.vector_classifiers import vector_classifier


def classifier_two_sample_test(real, generated, classifier="nearest_neighbors", seed=0):
    """Computes the held-out accuracy of a classifier of real and generated samples.

    Both sets are randomly subsampled to the size of the smaller, `n`; a random half of
    each trains the classifier, the other half is classified. If both come from the same
    distribution, the accuracy `t` on the `n_test` held-out samples is about
    `N(1/2, 1 / (4 n_test))`, which gives the p-value

    `P(T >= t) = 1 - Phi((t - 1/2) 2 sqrt(n_test))`.

    An accuracy near 1/2 means only that this classifier found no difference.

    Args:
        real: Array of shape `(num_real, feature_size)`, `num_real >= 4`.
        generated: Array of shape `(num_generated, feature_size)`,
            `num_generated >= 4`.
        classifier: `"nearest_neighbors"`, `"logistic_regression"` or a
            scikit-learn classifier.
        seed: Integer >= 0, of the random choice and the split.

    Returns:
        `(accuracy, p_value)`: floats in [0, 1]. 1/2 is the best accuracy. A
        small p-value means that the two differ.

    Raises:
        ValueError: If shapes do not agree, a set has fewer than four samples, a
            value is not finite, or `classifier` is an unknown name.
        TypeError: If `classifier` is neither a name nor a classifier.

    Reference:

    - [Lopez-Paz and Oquab, 2017](https://arxiv.org/abs/1610.06545), section 3.
      The number of nearest neighbors is made odd, so that there are no ties.

    Example:

    >>> real = np.random.default_rng(0).normal(size=(200, 2))
    >>> accuracy, p_value = classifier_two_sample_test(real, real + 5.0)
    >>> accuracy, p_value < 1e-9
    (1.0, True)
    """
    from scipy.stats import norm

    real, generated = as_feature_matrices(real, generated, minimum=4)
    real, generated = centred(real, generated)
    count = min(len(real), len(generated))
    random = np.random.default_rng(seed)
    real, generated = (
        features[random.permutation(len(features))[:count]]
        for features in (real, generated)
    )
    half = count // 2
    train, test = (
        np.concatenate([real[part], generated[part]])
        for part in (slice(half), slice(half, None))
    )
    model = vector_classifier(classifier, len(train))
    model.fit(train, np.repeat([1, 0], half))
    answers = np.repeat([1, 0], count - half)
    accuracy = float(np.mean(model.predict(test) == answers))
    deviation = 0.5 / np.sqrt(len(test))
    return accuracy, float(norm.sf((accuracy - 0.5) / deviation))


@keras.saving.register_keras_serializable("keras_rlgen")
class ClassifierTwoSampleTest(SampleMetric):
    """Classifier two-sample test of generated samples, as a dictionary.

    See `keras_rlgen.metrics.classifier_two_sample_test` for the definitions and
    `keras_rlgen.metrics.SampleMetric` for how samples are collected.

    Args:
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        classifier: `"nearest_neighbors"` or `"logistic_regression"`.
        seed: Integer >= 0, of the random choice of samples.
        max_samples: Integer >= 4, samples kept of each kind.
        name: String, the metric's name. The log keys are
            `two_sample_accuracy` and `two_sample_p_value`.
        dtype: Data type of the results.

    Returns:
        `result()` gives a dictionary of two scalars in [0, 1]; NaN while either set has
        fewer than four samples.

    Raises:
        ValueError: If `classifier` is an unknown name.

    Example:

    >>> metric = ClassifierTwoSampleTest()
    >>> metric.update_state(np.zeros((8, 2)), np.ones((8, 2)))
    >>> float(metric.result()["two_sample_accuracy"])
    1.0
    """

    result_names = ("two_sample_accuracy", "two_sample_p_value")
    minimum_samples = 4

    def __init__(
        self,
        features="identity",
        classifier="nearest_neighbors",
        seed=0,
        max_samples=10_000,
        name=None,
        dtype=None,
    ):
        vector_classifier(classifier, num_train=1)
        self.classifier = classifier
        self.seed = seed
        super().__init__(features, max_samples, name=name, dtype=dtype)

    def compute(self, real, generated):
        values = classifier_two_sample_test(real, generated, self.classifier, self.seed)
        return dict(zip(self.result_names, values, strict=True))

    def get_config(self):
        config = {"classifier": self.classifier, "seed": self.seed}
        return {**super().get_config(), **config}
