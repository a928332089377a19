import numpy as np
import pytest

from keras_rlgen import metrics
from keras_rlgen.metrics.feature_matrices import as_feature_matrices


def test_arrays_become_float64():
    real, generated = as_feature_matrices([[1, 2]], np.ones((3, 2), "float32"), 1)
    assert real.dtype == generated.dtype == np.float64
    assert real.tolist() == [[1.0, 2.0]] and generated.shape == (3, 2)


@pytest.mark.parametrize(
    ("real_shape", "generated_shape"),
    [((4,), (4, 1)), ((4, 2, 2), (4, 4)), ((4, 2), (4, 3))],
)
def test_other_shapes_are_refused(real_shape, generated_shape):
    with pytest.raises(ValueError, match="Flatten images") as error:
        as_feature_matrices(np.zeros(real_shape), np.zeros(generated_shape), 1)
    assert f"{real_shape} and {generated_shape}" in str(error.value)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="at least 3 real .* Received: 4 and 2"):
        as_feature_matrices(np.zeros((4, 1)), np.zeros((2, 1)), minimum=3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value):
    generated = np.array([[0.0], [value]])
    with pytest.raises(ValueError, match="`generated_features`. Received: 1 values"):
        as_feature_matrices(np.zeros((2, 1)), generated, minimum=1)


def test_errors_call_the_two_by_their_names():
    names = ("train", "held_out")
    with pytest.raises(ValueError, match="2 train and 2 held_out samples"):
        as_feature_matrices([[0.0]], [[0.0]], minimum=2, names=names)


def test_complex_values_and_strings_are_refused():
    for values in ([[1j]], [["a"]], [[None]]):
        with pytest.raises(TypeError, match="of real numbers"):
            as_feature_matrices(values, [[1.0]], minimum=1)


@pytest.mark.parametrize(
    "metric",
    [
        metrics.precision_recall,
        metrics.density_coverage,
        metrics.classifier_two_sample_test,
    ],
)
def test_features_far_from_zero_are_compared_as_near_it(metric):
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(2, 60, 4))
    offset = np.full(4, 1e7)
    assert metric(real + offset, generated + offset) == metric(real, generated)


def test_copies_are_found_far_from_zero():
    train, held_out = np.random.default_rng(0).normal(size=(2, 60, 4)) + 1e7
    scores = metrics.nearest_neighbor_test(train, held_out, train)
    assert scores["copying_probability"] == 1.0
