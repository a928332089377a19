import doctest

import numpy as np
import pytest

from keras_rlgen.evaluation import simple_fills
from keras_rlgen.evaluation.simple_fills import mean_fill, nearest_neighbor_fill


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    train = random.normal(size=(30, 4, 5, 2)).astype("float32")
    damaged = random.normal(size=(7, 4, 5, 2)).astype("float32")
    known = random.random((7, 4, 5)) < 0.6
    mask = known[..., None].astype("float32")
    return train, np.concatenate([damaged * mask, mask], axis=-1), known


def test_the_mean_fills_what_is_unknown(data):
    train, damaged, known = data
    filled = mean_fill(damaged, train, known)
    for i, at in enumerate(known):
        np.testing.assert_array_equal(filled[i][at], damaged[i, ..., :2][at])
        np.testing.assert_allclose(filled[i][~at], train.mean(axis=0)[~at], atol=1e-6)
    everywhere = mean_fill(damaged[..., :2], train)
    np.testing.assert_allclose(everywhere[3], train.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("has_mask", [True, False])
@pytest.mark.parametrize("batch_size", [3, 100])
def test_the_nearest_is_that_of_a_slow_search(data, has_mask, batch_size):
    train, damaged, known = data
    at = known if has_mask else None
    filled = nearest_neighbor_fill(damaged, train, at, batch_size)
    for i in range(len(damaged)):
        seen = known[i] if has_mask else np.ones((4, 5), bool)
        distances = [
            np.sum((image[seen] - damaged[i, ..., :2][seen]) ** 2) for image in train
        ]
        expected = train[np.argmin(distances)].copy()
        if has_mask:
            expected[seen] = damaged[i, ..., :2][seen]
        np.testing.assert_allclose(filled[i], expected)


def test_examples_in_docstrings_run():
    result = doctest.testmod(simple_fills)
    assert result.attempted > 0 and result.failed == 0


@pytest.mark.parametrize("fill", [mean_fill, nearest_neighbor_fill])
def test_images_that_do_not_fit(fill, data):
    train = np.zeros((3, 4, 4, 1))
    for damaged in np.zeros((2, 8, 8, 1)), np.full((2, 4, 4, 1), np.nan):
        with pytest.raises(ValueError, match="Expected (damaged|finite) images"):
            fill(damaged, train)
    with pytest.raises(ValueError, match="at least one"):
        fill(np.zeros((2, 4, 4, 1)), train[:0])
