"""Metrics of generated samples: distances, fidelity, diversity, modes, copies.

The functions take arrays of features; the classes are Keras metrics that
collect features batch by batch (`SampleMetric`). `feature_extractor` selects the
features.

Classifiers of known data sets are trained on first use and kept as `.keras`
files in the folder `keras_rlgen` of the Keras home (`$KERAS_HOME`, or
`~/.keras`).
"""

from keras_rlgen.metrics.bleu import BLEU, bleu, sentence_bleu
from keras_rlgen.metrics.classifier_two_sample_test import (
    ClassifierTwoSampleTest,
    classifier_two_sample_test,
)
from keras_rlgen.metrics.classifiers import classifier, train_classifier
from keras_rlgen.metrics.density_coverage import DensityCoverage, density_coverage
from keras_rlgen.metrics.distinct_n_grams import DistinctNGrams, distinct_n_grams
from keras_rlgen.metrics.features import FeatureExtractor, feature_extractor
from keras_rlgen.metrics.frechet_distance import FrechetDistance, frechet_distance
from keras_rlgen.metrics.kernel_distance import KernelDistance, kernel_distance
from keras_rlgen.metrics.memorization import (
    Memorization,
    longest_copies,
    memorization,
)
from keras_rlgen.metrics.mode_coverage import ModeCoverage, mode_coverage
from keras_rlgen.metrics.nearest_neighbor import (
    nearest_neighbor_test,
    nearest_neighbors,
)
from keras_rlgen.metrics.precision_recall import PrecisionRecall, precision_recall
from keras_rlgen.metrics.registry import get
from keras_rlgen.metrics.sample_metric import SampleMetric
from keras_rlgen.metrics.self_bleu import SelfBLEU, self_bleu
from keras_rlgen.metrics.train_on_synthetic import train_on_synthetic

__all__ = [
    "BLEU",
    "ClassifierTwoSampleTest",
    "DensityCoverage",
    "DistinctNGrams",
    "FeatureExtractor",
    "FrechetDistance",
    "KernelDistance",
    "Memorization",
    "ModeCoverage",
    "PrecisionRecall",
    "SampleMetric",
    "SelfBLEU",
    "bleu",
    "classifier",
    "classifier_two_sample_test",
    "density_coverage",
    "distinct_n_grams",
    "feature_extractor",
    "frechet_distance",
    "get",
    "kernel_distance",
    "longest_copies",
    "memorization",
    "mode_coverage",
    "nearest_neighbor_test",
    "nearest_neighbors",
    "precision_recall",
    "self_bleu",
    "sentence_bleu",
    "train_classifier",
    "train_on_synthetic",
]
