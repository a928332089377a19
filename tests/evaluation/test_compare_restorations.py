import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import metrics
from keras_rlgen.evaluation import compare_restorations
from keras_rlgen.layers.random_mask import RandomMask, mask_images
from keras_rlgen.rl_models import RestoringVAE
from tests.restoring import SHAPE, encoder, generator, images

LABELS = (images(24)[:, 0, 0, 0] > 0.0).astype("int32")


class Lightness(keras.layers.Layer):
    """A classifier of images: dark is 0, light is 1."""

    def call(self, samples, training=None):
        mean = tf.reduce_mean(samples, axis=[1, 2, 3])
        return tf.stack([-mean, mean], axis=-1)


def make(corruption, degraded):
    return RestoringVAE(encoder(degraded), generator(degraded), 2, corruption, seed=0)


def reddened(samples, condition):
    """A reward that sees both: the difference of the two."""
    difference = samples - condition[..., :1]
    return tf.reduce_sum(tf.abs(difference), axis=[1, 2, 3])


@pytest.fixture(scope="module")
def vae():
    return make(RandomMask("center", seed=0), (4, 4, 2))


@pytest.fixture(scope="module")
def train():
    noise = np.random.default_rng(0).normal(scale=0.05, size=(40, *SHAPE))
    return (images(40) + noise).astype("float32")


@pytest.fixture(scope="module")
def table(vae, train):
    return compare_restorations(
        {"VAE": vae},
        *(train, images(24), LABELS),
        classifier=Lightness(),
        reward=reddened,
        num_draws=3,
        batch_size=10,
        seed=5,
    )


def test_rows_and_what_each_must_be(table):
    assert list(table) == [
        *("undamaged", "mean fill", "nearest-neighbour fill", "VAE", "VAE, mean of 3"),
    ]
    perfect = table["undamaged"]
    assert perfect["error"] == 0.0
    assert perfect["frechet_distance"] == pytest.approx(0.0, abs=1e-6)
    assert perfect["label_kept"] == 1.0 and perfect["boundary_step"] == 0.0
    # Each image is of one value, so that the nearest neighbour is nearly right.
    assert table["nearest-neighbour fill"]["error"] < 0.02
    assert table["mean fill"]["error"] == pytest.approx(0.64, abs=0.02)
    assert 0.7 < table["mean fill"]["boundary_step"] < 0.9
    assert str(table).splitlines()[1].startswith("undamaged")


def test_scores_are_those_of_the_images(table, vae):
    row, restored = table["VAE"], table.samples["VAE"]
    missing = np.zeros(SHAPE)
    missing[1:3, 1:3] = 1.0
    squares = missing * (restored - images(24)) ** 2
    assert row["error"] == pytest.approx(squares.sum() / missing.sum() / 24, rel=1e-5)
    features = (x.reshape(24, -1) for x in (images(24), restored))
    expected = metrics.frechet_distance(*features)
    assert row["frechet_distance"] == pytest.approx(expected, rel=1e-4)
    kept = (restored.mean(axis=(1, 2, 3)) > 0.0) == LABELS
    assert row["label_kept"] == pytest.approx(kept.mean())
    degraded = mask_images(images(24), 1.0 - missing[..., 0]).numpy()
    draws = [vae.restore(degraded, seed=5 + i, batch_size=10) for i in range(3)]
    np.testing.assert_array_equal(draws[0], restored)
    np.testing.assert_array_equal(table.samples["VAE, mean of 3"], np.mean(draws, 0))
    spread = missing * np.std(draws, axis=0)
    assert row["diversity"] == pytest.approx(spread.sum() / missing.sum() / 24, 1e-5)
    assert row["diversity"] > 0.0 == table["VAE, mean of 3"]["diversity"]
    difference = np.abs(restored - degraded[..., :1]).sum(axis=(1, 2, 3))
    assert row["reward"] == pytest.approx(difference.mean(), rel=1e-5)


def test_noise_has_a_row_of_its_own(train):
    noise = keras.layers.GaussianNoise(0.5, seed=0)
    vae = make(noise, SHAPE)
    degraded = vae.degrade(images(24)).numpy()
    table = compare_restorations(
        {"VAE": vae}, train, images(24), degraded=degraded, num_draws=1
    )
    assert list(table)[1] == "damaged" and list(table)[-1] == "VAE"
    assert table["damaged"]["error"] == pytest.approx(
        np.mean((degraded - images(24)) ** 2), rel=1e-5
    )
    assert "boundary_step" not in table["VAE"] and "label_kept" not in table["VAE"]
    assert table["nearest-neighbour fill"]["error"] < 0.02


def test_what_does_not_fit_is_refused(vae, train):
    held_out = images(24)
    with pytest.raises(ValueError, match="at least one model"):
        compare_restorations({}, train, held_out)
    with pytest.raises(TypeError, match="'VAE' of type int"):
        compare_restorations({"VAE": 3}, train, held_out)
    with pytest.raises(ValueError, match=r"shape \(4, 4, 1\).*`train` \(40, 4, 2, 1"):
        compare_restorations({"VAE": vae}, train[:, :, :2], held_out)
    with pytest.raises(ValueError, match="at least 10 images of each kind"):
        compare_restorations({"VAE": vae}, train, held_out[:9])
    with pytest.raises(ValueError, match="24 labels, and a `classifier`"):
        compare_restorations({"VAE": vae}, train, held_out, LABELS)
    with pytest.raises(ValueError, match="24 damaged images, one for each"):
        degraded = vae.degrade(held_out[:12])
        compare_restorations({"VAE": vae}, train, held_out, degraded=degraded)


def test_models_without_names():
    with pytest.raises(TypeError, match="dict from names to models. Received: list"):
        compare_restorations([object()], images(8), images(8))
