import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.layers.random_mask import RandomMask, mask_images
from keras_rlgen.rl_models import restorer
from keras_rlgen.rl_models.restorer import over_filled
from keras_rlgen.rl_models.restoring_gan import RestoringGAN
from keras_rlgen.rl_models.restoring_vae import RestoringVAE
from tests.networks import assert_same, differ, values
from tests.restoring import SHAPE, encoder, generator, images


def make(corruption=None, degraded=(4, 4, 2), **kwargs):
    return RestoringVAE(
        encoder(degraded),
        generator(degraded),
        2,
        RandomMask(seed=0) if corruption is None else corruption,
        **{"seed": 0, **kwargs},
    )


@pytest.fixture(scope="module")
def vae():
    return make()


def test_known_pixels_are_those_of_the_image(vae):
    mask = np.random.default_rng(0).random((32, 4, 4)) < 0.5
    restored = vae.restore(mask_images(images(), mask), seed=0)
    assert restored.shape == images().shape
    known = mask[..., None] & np.ones(SHAPE, bool)
    np.testing.assert_array_equal(restored[known], images()[known])
    assert np.all(restored[~known] != images()[~known])


def test_a_seed_tells_one_restoration_from_another(vae):
    degraded = vae.degrade(images())
    first = vae.restore(degraded, seed=1)
    np.testing.assert_array_equal(first, vae.restore(degraded, seed=1))
    assert np.any(first != vae.restore(degraded, seed=2))


def test_many_images_are_restored_in_batches(vae):
    degraded = vae.degrade(images(7))
    whole = vae.restore(degraded, seed=1)
    batched = vae.restore(degraded, seed=1, batch_size=3)
    np.testing.assert_array_equal(batched, vae.restore(degraded, 1, batch_size=3))
    np.testing.assert_array_equal(batched[:3], vae.restore(degraded[:3], seed=1))
    assert batched.shape == whole.shape and np.any(batched[3:6] != batched[:3])
    assert vae.restore(degraded, batch_size=3).shape == whole.shape
    with pytest.raises(ValueError, match="batch_size"):
        vae.restore(degraded, batch_size=0)


@pytest.mark.parametrize(
    "corruption",
    [
        keras.layers.GaussianNoise(0.5, seed=0),
        keras.layers.RandomGaussianBlur(
            1.0, kernel_size=3, sigma=(1.0, 1.0), value_range=(-1, 1), seed=0
        ),
    ],
    ids=["noise", "blur"],
)
def test_any_layer_degrades_and_nothing_is_put_back(corruption):
    vae = make(corruption, SHAPE)
    edges = np.sign(np.random.default_rng(0).normal(size=(4, *SHAPE)))
    degraded = vae.degrade(edges)
    assert np.all(degraded != edges)
    # Another degradation each time, unless the layer has none.
    restored = vae.restore(degraded, seed=0)
    assert np.all(restored != degraded)


def test_training_degrades_anew_and_evaluation_changes_nothing_of_it():
    trained, evaluated = make(), make()
    for model in (trained, evaluated):
        model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    before = values(trained)
    evaluated.evaluate(images(), verbose=0)
    evaluated.degrade(images())
    for model in (trained, evaluated):
        model.fit(images(), batch_size=16, shuffle=False, verbose=0)
    assert differ(before, values(trained))
    assert_same(values(trained), values(evaluated))


def test_pairs_can_be_given():
    vae = make(seed=1)
    vae.compile(run_eagerly=True)
    known = np.ones((4, 4))
    history = vae.fit(images(4), mask_images(images(4), known), verbose=0).history
    # All is known: nothing was filled in, and nothing is wrong.
    assert history["restoration_error"] == [0.0]
    with pytest.raises(ValueError, match="Expected degraded images of shape"):
        vae.fit(images(4), images(4))


def test_a_rewards_network_is_not_trained(vae):
    network = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
    network(images())
    vae.compile(reward=rewards.Discriminator("logit", network), run_eagerly=True)
    before = network.get_weights()
    count = len(vae.trainable_variables)
    vae.fit(images(4), verbose=0)
    assert_same(network.get_weights(), before)
    vae.compile(reward=None)
    assert len(vae.trainable_variables) == count
    assert vae.reward is None and len(vae.restoration_trackers) == 1


def test_errors_of_masked_pixels_only():
    values = tf.constant(np.arange(12.0).reshape(2, 2, 3, 1), tf.float32)
    known = np.array([[[1, 1, 0], [1, 1, 1]], [[0, 1, 1], [1, 1, 0]]])
    expected = np.mean([i for i, pixel in enumerate(known.flat) if not pixel])
    assert float(over_filled(values, known)) == pytest.approx(expected)
    assert float(over_filled(values, None)) == 5.5
    assert float(over_filled(values, np.ones_like(known))) == 0.0


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((4, 5)), r"mask of shape \(height, width\) = \(4, 4\)"),
        (np.ones((3, 4, 4)), r"Received: \(3, 4, 4\)"),
    ],
)
def test_a_mask_of_the_wrong_shape(vae, mask, message):
    with pytest.raises(ValueError, match=message):
        vae.restore(mask_images(images(), mask))


def test_bad_requests_are_refused(vae):
    with pytest.raises(ValueError, match="Expected degraded images of shape"):
        vae.restore(images())
    with pytest.raises(ValueError, match=r"call `model.restore\(degraded\)`"):
        vae.generate(3)
    with pytest.raises(ValueError, match="`temperature` to be a finite number above"):
        vae.restore(vae.degrade(images()), temperature=0.0)


def test_bad_rewards_are_refused(vae):
    with pytest.raises(ValueError, match="carries no gradient.*by `RewardTuner`"):
        vae.compile(reward="compressibility")
    with pytest.raises(ValueError, match="carries no gradient"):
        vae.compile(reward=1.0 - rewards.Compressibility())
    with pytest.raises(ValueError, match="is not finite on images"):
        vae.compile(reward=lambda x: tf.math.log(-tf.reduce_sum(x * x, [1, 2, 3])))


def test_networks_that_do_not_fit_the_corruption_are_refused():
    with pytest.raises(ValueError, match=r"take \(4, 4, 1\).*mask is a separate"):
        make(degraded=SHAPE)
    with pytest.raises(ValueError, match="two inputs, the second a degraded image"):
        RestoringVAE(encoder(), keras.Sequential([keras.Input((2,))]), 2, RandomMask())


def test_examples_in_docstrings_run():
    result = doctest.testmod(restorer)
    assert result.attempted > 0 and result.failed == 0


def convolutional(latents=None, outputs=None):
    """Networks of 12 x 8 images: a decoder, or an encoder of all its inputs."""
    damaged, layers = keras.Input((12, 8, 2)), keras.layers
    first = keras.Input((12, 8, 1) if latents is None else (latents,))
    x = layers.Conv2D(2, 3, 2, "same")(damaged)
    if latents is None:
        y = layers.Conv2D(2, 3, 2, "same")(first)
        x = layers.Flatten()(layers.Concatenate()([x, y]))
        return keras.Model([first, damaged], layers.Dense(outputs)(x))
    y = layers.Reshape((6, 4, 2))(layers.Dense(48)(first))
    x = layers.Conv2DTranspose(2, 3, 2, "same")(layers.Concatenate()([x, y]))
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(1, 3, padding="same", activation="tanh")(x)
    return keras.Model([first, damaged], x)


@pytest.mark.parametrize("kind", ["vae", "gan"])
def test_convolutions_of_larger_images_are_exported(kind, tmp_path):
    mask = RandomMask("center", seed=0)
    if kind == "vae":
        prior = keras.Sequential(
            [keras.Input((12, 8, 2)), keras.layers.Flatten(), keras.layers.Dense(6)]
        )
        networks = convolutional(outputs=6), convolutional(latents=3)
        model = RestoringVAE(*networks, 3, mask, prior_network=prior, seed=0)
    else:
        networks = convolutional(latents=3), convolutional(outputs=1)
        model = RestoringGAN(*networks, 3, mask, ema_momentum=0.9, seed=0)
    model.export(tmp_path / kind, verbose=False)
    served = tf.saved_model.load(tmp_path / kind)
    clean = np.random.default_rng(0).uniform(-1, 1, (5, 12, 8, 1)).astype("float32")
    degraded = model.degrade(clean)
    for count in (5, 2):
        expected = model.restore(degraded[:count], seed=7)
        restored = served.restore(degraded[:count], 7)
        np.testing.assert_allclose(restored, expected, atol=1e-5)
