import keras
import numpy as np
import pytest

from keras_rlgen import datasets


def test_ring_centers_lie_evenly_on_the_circle():
    centers = datasets.ring_centers(num_modes=4, radius=2.0)
    expected = [[2, 0], [0, 2], [-2, 0], [0, -2]]
    np.testing.assert_allclose(centers, expected, atol=1e-6)
    assert centers.dtype == np.float32


def test_grid_centers_are_those_of_the_benchmark():
    centers = datasets.grid_centers()
    line = [-4.0, -2.0, 0.0, 2.0, 4.0]
    assert centers.tolist() == [[x, y] for x in line for y in line]
    assert centers.dtype == np.float32


@pytest.mark.parametrize(
    ("draw", "centers", "scale"),
    [
        (datasets.gaussian_ring, datasets.ring_centers(), 0.01),
        (datasets.gaussian_grid, datasets.grid_centers(), 0.05),
    ],
)
def test_samples_have_the_moments_of_the_mixture(draw, centers, scale):
    samples = draw(seed=3)
    assert samples.shape == (100_000, 2)
    assert samples.dtype == np.float32
    distances = np.linalg.norm(samples[:, np.newaxis] - centers, axis=-1)
    nearest = distances.argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(centers))
    expected = len(samples) / len(centers)
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)
    offsets = samples - centers[nearest]
    np.testing.assert_allclose(offsets.std(axis=0), scale, rtol=0.02)
    np.testing.assert_allclose(offsets.mean(axis=0), 0.0, atol=5 * scale / 300)


def test_arguments_reach_the_samples():
    ring = datasets.gaussian_ring(50, num_modes=1, radius=7.0, scale=1e-6, seed=0)
    np.testing.assert_allclose(ring, np.tile([7.0, 0.0], (50, 1)), atol=1e-4)
    grid = datasets.gaussian_grid(50, size=2, spacing=6.0, scale=1e-6, seed=0)
    np.testing.assert_allclose(np.abs(grid), 3.0, atol=1e-4)
    assert datasets.gaussian_ring(0).shape == (0, 2)


def test_seed_decides_the_samples():
    first = datasets.gaussian_grid(100, seed=1)
    np.testing.assert_array_equal(first, datasets.gaussian_grid(100, seed=1))
    assert not np.array_equal(first, datasets.gaussian_grid(100, seed=2))


def test_without_a_seed_the_global_one_decides():
    keras.utils.set_random_seed(5)
    first, second = datasets.gaussian_ring(100), datasets.gaussian_ring(100)
    keras.utils.set_random_seed(5)
    np.testing.assert_array_equal(first, datasets.gaussian_ring(100))
    assert not np.array_equal(first, second)


def test_a_seed_leaves_the_global_generator_alone():
    np.random.seed(0)
    expected = np.random.rand()
    np.random.seed(0)
    datasets.gaussian_ring(10, seed=1)
    assert np.random.rand() == expected


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (datasets.ring_centers, {"num_modes": 0}, "`num_modes` must be an integer"),
        (datasets.ring_centers, {"radius": -1.0}, "`radius` must be a positive"),
        (datasets.grid_centers, {"size": 2.5}, "`size` must be an integer"),
        (datasets.grid_centers, {"spacing": 0.0}, "`spacing` must be a positive"),
        (datasets.gaussian_ring, {"num_samples": -1}, "`num_samples` must be an"),
        (datasets.gaussian_ring, {"scale": np.inf}, "`scale` must be a positive"),
        (datasets.gaussian_grid, {"scale": "big"}, "`scale` must be a positive"),
        (datasets.gaussian_grid, {"seed": -3}, "`seed` must be an integer"),
    ],
)
def test_wrong_arguments_are_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(**arguments)
