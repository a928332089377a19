import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import random_mask
from keras_rlgen.layers.random_mask import RandomMask, fill_in, mask_images


def images(height=8, width=10, channels=2, count=40):
    random = np.random.default_rng(0)
    return random.uniform(0.5, 1.0, (count, height, width, channels)).astype("float32")


@pytest.mark.parametrize("kind", ["square", "half", "brush"])
def test_what_is_known_stays_and_the_rest_is_zero(kind):
    layer = RandomMask(kind, seed=0)
    degraded = tf.function(layer)(images()).numpy()
    known = degraded[..., -1]
    assert degraded.shape == layer.compute_output_shape(images().shape)
    assert set(np.unique(known)) == {0.0, 1.0}
    np.testing.assert_array_equal(degraded[..., :-1], images() * known[..., None])
    shares = known.mean(axis=(1, 2))
    assert shares.min() > 0.0 and shares.max() < 1.0
    assert len(np.unique(known, axis=0)) > 3


def test_squares_lie_anywhere_within():
    known = RandomMask("square", 0.25, seed=0)(images(count=500)).numpy()[..., -1]
    tops = set()
    for mask in known:
        rows, columns = np.nonzero(mask == 0.0)
        assert len(rows) == 4
        assert np.ptp(rows) == np.ptp(columns) == 1
        tops.add((rows.min(), columns.min()))
    assert len(tops) == 7 * 9


@pytest.mark.parametrize(("size", "side"), [(None, 4), (0.4, 3)])
def test_the_center_is_the_same_for_all(size, side):
    layer = RandomMask("center", size, seed=0)
    known = tf.function(layer)(images()).numpy()[..., -1]
    expected = np.ones((8, 10))
    top, left = (8 - side) // 2, (10 - side) // 2
    expected[top : top + side, left : left + side] = 0.0
    np.testing.assert_array_equal(known, np.broadcast_to(expected, known.shape))


def test_halves_are_four():
    known = RandomMask("half", seed=0)(images()).numpy()[..., -1]
    assert len(np.unique(known, axis=0)) == 4
    assert (known.mean(axis=(1, 2)) == 0.5).all()


def test_strokes_hang_together_and_are_as_wide_as_asked():
    from scipy.ndimage import label

    thin, wide = (
        1.0 - RandomMask("brush", size, seed=0)(images(16, 16)).numpy()[..., -1]
        for size in (0.01, 0.3)
    )
    assert all(label(mask, np.ones((3, 3)))[1] == 1 for mask in thin)
    assert (wide >= thin).all()
    assert wide.mean() > 2.0 * thin.mean()


def test_draws_follow_the_seed_and_change_from_call_to_call():
    layer, same = RandomMask(seed=3), RandomMask(seed=3)
    first = layer(images())
    np.testing.assert_array_equal(first, same(images()))
    assert np.any(first != layer(images()))


def test_config_round_trip():
    for layer in (RandomMask("brush", 0.3, seed=1, name="cut"), RandomMask("half")):
        config = keras.saving.serialize_keras_object(layer)
        restored = keras.saving.deserialize_keras_object(config)
        assert restored.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "ring"}, r"Unknown kind of mask: 'ring'. Expected one of \['brush'"),
        ({"size": 1.0}, r"`size` in \(0, 1\).*Received: size=1.0 of kind 'square'"),
        ({"kind": "half", "size": 0.5}, "none for halves"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RandomMask(**arguments)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match=r"at least 2 x 2 pixels. Received: \(3, 8\)"):
        RandomMask()(tf.zeros((3, 8)))


@pytest.mark.parametrize("batched", [False, True])
def test_given_masks(batched):
    mask = np.random.default_rng(1).random((40, 8, 10)) < 0.5
    mask = mask if batched else mask[0]
    degraded = mask_images(images(), mask)
    np.testing.assert_array_equal(degraded[..., :-1], images() * mask[..., None])
    filled = fill_in(degraded, tf.fill(images().shape, 7.0)).numpy()
    expected = np.where(mask[..., None], images(), 7.0)
    np.testing.assert_array_equal(filled, expected)


@pytest.mark.parametrize("shape", [(10, 8), (3, 8, 10), (40, 8, 10, 1), (8,)])
def test_masks_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"= \(8, 10\) or with a batch axis") as error:
        mask_images(images(), np.ones(shape))
    assert f"Received: {shape}" in str(error.value)


def test_pixels_of_nan_may_be_unknown_but_not_known():
    damaged, mask = images(), np.ones((8, 10))
    damaged[:, 2] = np.nan
    with pytest.raises(ValueError, match="finite known pixels"):
        mask_images(damaged, mask)
    mask[2] = 0.0
    degraded = mask_images(damaged, mask).numpy()
    np.testing.assert_array_equal(degraded[:, 2], 0.0)
    np.testing.assert_array_equal(degraded[:, 3, :, :-1], damaged[:, 3])


def test_masks_between_known_and_unknown_are_refused():
    with pytest.raises(ValueError, match="values from 0.5 to 0.5. Use `mask > thr"):
        mask_images(images(), np.full((8, 10), 0.5))


def test_examples_in_docstrings_run():
    result = doctest.testmod(random_mask)
    assert result.attempted > 0 and result.failed == 0
