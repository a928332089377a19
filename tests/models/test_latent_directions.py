import doctest

import numpy as np
import pytest

from keras_rlgen.models import latent_directions
from keras_rlgen.models.latent_directions import (
    attribute_direction,
    orthogonalized,
    principal_directions,
    traverse,
)

NORMAL = np.array([0.6, 0.0, -0.8])


def latents(count=2000, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3))


@pytest.mark.parametrize("method", ["logistic_regression", "mean_difference"])
def test_the_normal_of_a_plane_is_found(method):
    z = latents()
    noise = 0.1 * np.random.default_rng(1).normal(size=len(z))
    direction = attribute_direction(z, z @ NORMAL + noise > 0.3, method)
    assert direction.dtype == np.float32
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    assert direction @ NORMAL > 0.995


def test_regression_sees_through_a_correlation_that_means_do_not():
    z = latents() @ np.array([[1.0, 0.9, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 1.0]])
    attribute = z[:, 0] > 0.0
    by_means = attribute_direction(z, attribute, "mean_difference")
    assert by_means[1] > 0.5
    assert abs(attribute_direction(z, attribute)[1]) < 0.1


def test_the_difference_of_means_is_that():
    z = latents(50)
    attribute = np.arange(50) % 3 == 0
    expected = np.mean([x for x, a in zip(z, attribute, strict=True) if a], axis=0)
    expected -= np.mean([x for x, a in zip(z, attribute, strict=True) if not a], axis=0)
    direction = attribute_direction(z, attribute, "mean_difference")
    np.testing.assert_allclose(
        direction, expected / np.linalg.norm(expected), rtol=1e-5
    )


def test_principal_components_of_latents():
    z = latents() * [1.0, 3.0, 2.0]
    directions = principal_directions(z)
    np.testing.assert_allclose(np.abs(directions), np.eye(3)[[1, 2, 0]], atol=0.1)
    values, vectors = np.linalg.eigh(np.cov(z, rowvar=False))
    for direction, vector in zip(directions, vectors.T[::-1], strict=True):
        assert abs(direction @ vector) == pytest.approx(1.0, abs=1e-5)


def test_principal_components_of_features_are_led_back_to_latents():
    z = latents()
    turned = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0][:3]
    features = (z * [1.0, 4.0, 0.1]) @ turned
    first, second = principal_directions(z, features.reshape(-1, 5, 1), count=2)
    np.testing.assert_allclose(np.abs(first), [0.0, 1.0, 0.0], atol=0.06)
    np.testing.assert_allclose(np.abs(second), [1.0, 0.0, 0.0], atol=0.06)


def test_what_is_shared_is_taken_away():
    others = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    direction = orthogonalized([3.0, 2.0, 0.5], others)
    np.testing.assert_allclose(direction, [0.0, 0.0, 1.0], atol=1e-6)
    with pytest.raises(ValueError, match="There is no such direction"):
        orthogonalized([3.0, 2.0, 0.0], others)


def test_traversals_pass_through_the_latent():
    z = latents(4)
    path = traverse(z, NORMAL, [-2.0, 0.0, 0.5])
    assert path.shape == (4, 3, 3) and path.dtype == np.float32
    for moved, start in zip(path, z, strict=True):
        for place, distance in zip(moved, (-2.0, 0.0, 0.5), strict=True):
            np.testing.assert_allclose(place, start + distance * NORMAL, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda z: attribute_direction(z, [0, 1]),
            r"of shape \(6,\).*Received: \(2,\)",
        ),
        (lambda z: attribute_direction(z, [1] * 6), r"both of them.*\[1.0\]"),
        (lambda z: attribute_direction(z, [0, 2] * 3), "Compare with a threshold"),
        (lambda z: attribute_direction(z, [0, 1] * 3, "svm"), "Unknown method: 'svm'"),
        (lambda z: attribute_direction(z * np.nan, [0, 1] * 3), "18 values NaN"),
        (lambda z: attribute_direction(z * 0.0, [0, 1] * 3), "no such direction"),
        (lambda z: principal_directions(z[0]), "shape"),
        (lambda z: principal_directions(z, z[:2]), "each of 6 latents. Received: 2"),
        (lambda z: principal_directions(z, count=4), r"`count` in \[1, 3\]"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(latents(6))


def test_examples_in_docstrings_run():
    result = doctest.testmod(latent_directions)
    assert result.attempted > 0 and result.failed == 0
