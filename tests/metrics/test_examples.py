import doctest
import importlib

import numpy as np
import pytest

import keras_rlgen.datasets
import keras_rlgen.metrics


@pytest.mark.parametrize(
    "module",
    [
        "bleu",
        "classifier_two_sample_test",
        "classifiers",
        "density_coverage",
        "distinct_n_grams",
        "feature_matrices",
        "features",
        "frechet_distance",
        "kernel_distance",
        "memorization",
        "mode_coverage",
        "n_grams",
        "nearest_neighbor",
        "neighbor_balls",
        "precision_recall",
        "registry",
        "self_bleu",
        "token_sequences",
        "train_on_synthetic",
        "vector_classifiers",
    ],
)
def test_examples_in_docstrings_run(module):
    module = importlib.import_module(f"keras_rlgen.metrics.{module}")
    names = {"np": np, "keras_rlgen": keras_rlgen}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
