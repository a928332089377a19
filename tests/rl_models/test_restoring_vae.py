import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.layers.random_mask import RandomMask, mask_images
from keras_rlgen.models import VectorCondition
from keras_rlgen.rl_models.restoring_vae import RestoringVAE
from keras_rlgen.rl_models.reward_tuner import RewardTuner
from tests.networks import assert_same, dense, differ, values
from tests.restoring import SHAPE, encoder, generator, images, network


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def lightness(samples):
    """Returns the mean pixel, as a reward."""
    return keras.ops.mean(samples, axis=[1, 2, 3])


def make(**kwargs):
    return RestoringVAE(
        encoder(hidden=16),
        generator(hidden=16),
        2,
        RandomMask("square", 0.75, seed=0),
        **{"seed": 0, **kwargs},
    )


@pytest.fixture(scope="module")
def trained():
    vae = make()
    vae.compile(keras.optimizers.Adam(0.01), reward="boundary_smoothness")
    history = vae.fit(images(480), epochs=4, batch_size=16, verbose=0).history
    return vae, history


def test_it_learns_to_fill_in_what_the_rest_tells(trained):
    vae, history = trained
    assert history["restoration_error"][-1] < 0.1 * history["restoration_error"][0]
    assert history["reward"][-1] > -0.15 > history["reward"][0]
    assert "reward_boundary_smoothness" in history
    mask = np.zeros((4, 4))
    mask[0] = 1
    restored = vae.restore(mask_images(images(8), mask), seed=0)
    np.testing.assert_array_equal(np.sign(restored), np.sign(images(8)))


def test_evaluation_gives_bound_error_and_reward(trained):
    vae, _ = trained
    scores = vae.evaluate(images(), verbose=0, return_dict=True)
    assert scores["log_likelihood_bound"] > scores["elbo"]
    assert scores["restoration_error"] < 0.1
    expected = scores["reconstruction_nll"] + scores["kl"] - scores["reward"]
    assert scores["loss"] == pytest.approx(expected, rel=1e-5)


def test_file_and_savedmodel_restore_alike(trained, tmp_path):
    vae, _ = trained
    degraded = vae.degrade(images(4))
    restored = vae.restore(degraded, seed=3)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    np.testing.assert_array_equal(loaded.restore(degraded, seed=3), restored)
    np.testing.assert_array_equal(loaded.degrade(images(4)), vae.degrade(images(4)))
    assert type(loaded.reward) is rewards.BoundarySmoothness
    assert loaded.corruption.size == 0.75
    vae.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved_model")
    np.testing.assert_allclose(served.restore(degraded, 3), restored, atol=1e-6)


def test_a_loaded_model_trains_on_as_if_it_had_not_stopped(tmp_path):
    vae = make()
    vae.compile(run_eagerly=True, reward=lightness, reward_weight=2.0, beta=0.5)
    vae.fit(images(8), shuffle=False, verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    assert (loaded.reward_weight, loaded.beta) == (2.0, 0.5)
    for model in (vae, loaded):
        model.fit(images(8), shuffle=False, verbose=0)
    assert_same(values(loaded), values(vae))


def test_the_loss_pays_for_the_reward_of_what_restore_draws():
    vae = make()
    key = tf.constant([3, 4])
    clean, degraded = tf.constant(images(5)), vae.degrade(images(5))
    plain = vae.loss_terms(clean, degraded, key, training=False)
    vae.compile(reward=lightness, reward_weight=2.0, run_eagerly=True)
    with tf.GradientTape() as tape:
        rewarded = vae.loss_terms(clean, degraded, key, training=False)
        difference = rewarded["loss"] - plain["loss"]
    drawn = tf.random.experimental.stateless_split(key, 2)[1]
    restored = vae.sample(5, drawn, degraded)
    expected = -2.0 * np.mean(restored)
    assert float(difference) == pytest.approx(expected, abs=1e-3)
    assert float(vae.reward_tracker.result()) == pytest.approx(np.mean(restored))
    bias = vae.decoder.trainable_variables[-1]
    assert np.any(tape.gradient(difference, bias))


def test_log_probabilities_are_of_the_pixels_that_were_missing():
    vae = make()
    degraded = vae.degrade(images(5))
    draw = vae.draw(5, tf.constant([0, 1]), degraded)
    missing = 1.0 - degraded.numpy()[..., 1:]
    known = degraded.numpy()[..., :1]
    np.testing.assert_array_equal(draw.samples * (1.0 - missing), known)
    mean = vae.decode(draw.latents, degraded).numpy()
    noise = (draw.samples.numpy() - mean) / 0.1
    densities = -0.5 * noise**2 - np.log(0.1) - 0.5 * np.log(2 * np.pi)
    expected = np.sum(missing * densities, axis=(1, 2, 3))
    prior = -0.5 * draw.latents.numpy() ** 2 - 0.5 * np.log(2 * np.pi)
    expected += np.sum(prior, axis=1)
    np.testing.assert_allclose(vae.draw_log_prob(draw), expected, rtol=1e-4)


def test_a_category_is_missing_as_a_whole():
    shape = (4, 4, 2)
    vae = RestoringVAE(
        network([shape, (4, 4, 3)], 4),
        network([(2,), (4, 4, 3)], 32, shape),
        2,
        RandomMask("half", seed=0),
        "categorical",
    )
    categories = np.random.default_rng(0).integers(0, 2, (3, 4, 4))
    degraded = vae.degrade(np.eye(2)[categories])
    draw = vae.draw(3, tf.constant([0, 1]), degraded)
    logits = vae.decoder([draw.latents, degraded])
    log_probs = np.sum(draw.samples * tf.nn.log_softmax(logits), axis=-1)
    missing = 1.0 - degraded.numpy()[..., -1]
    expected = np.sum(missing * log_probs, axis=(1, 2))
    expected += vae.prior().log_prob(draw.latents).numpy()
    np.testing.assert_allclose(vae.draw_log_prob(draw), expected, rtol=1e-4)


def test_a_tuner_rewards_restored_images_under_their_masks():
    vae = make()
    tuner = RewardTuner(vae, seed=0)
    tuner.compile(
        "sgd",
        reward=rewards.BoundarySmoothness() + 0.0,
        held_out_reward="boundary_smoothness",
        num_samples=4,
        run_eagerly=True,
    )
    degraded = vae.degrade(images(5))
    history = tuner.fit(degraded, steps_per_epoch=2, verbose=0).history
    assert -2.0 < history["reward_boundary_smoothness"][0] < 0.0
    assert history["held_out_reward"] == history["reward_boundary_smoothness"]
    scores = tuner.evaluate(images(5), degraded, verbose=0, return_dict=True)
    assert -2.0 < scores["held_out_reward"] < 0.0


def test_labels_are_no_condition_here():
    with pytest.raises(ValueError, match="Received: num_classes=3; leave it out"):
        make(num_classes=3)
    with pytest.raises(ValueError, match="Received: conditions=.*; leave it out"):
        make(conditions=VectorCondition(3))
    assert "conditions" not in make(conditions=None).get_config()
    assert make().sample_shape == SHAPE


def prior_network(outputs=4):
    inputs = keras.Input((4, 4, 2))
    x = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, dense(outputs, seed=3)(x))


@pytest.fixture(scope="module")
def conditional():
    return make(prior_network=prior_network())


def test_latents_are_sampled_given_the_degraded_image(conditional):
    vae, key = conditional, tf.constant([0, 1])
    degraded = vae.degrade(images(6))
    latents, _, _ = vae._draw_latents_of_prior(6, key, degraded, 2.0)
    same, _, _ = make()._draw_latents_of_prior(6, key, degraded, 2.0)
    mean, log_variance = np.split(vae.prior_network(degraded).numpy(), 2, axis=1)
    expected = mean + np.exp(0.5 * log_variance) * same
    np.testing.assert_allclose(latents, expected, rtol=1e-5)


def test_probabilities_are_under_that_prior(conditional):
    vae = conditional
    clean, degraded = tf.constant(images(6)), vae.degrade(images(6))
    prior = vae.prior_network(degraded).numpy()
    mean, log_variance = np.split(prior, 2, axis=1)
    posterior = vae.posterior(clean, degraded)
    terms = vae.elbo_terms(clean, posterior.mean(), posterior, degraded)
    variance = posterior.variance().numpy()
    kl = np.log(np.exp(log_variance) / variance) - 1.0
    kl += (variance + (posterior.mean() - mean) ** 2) / np.exp(log_variance)
    np.testing.assert_allclose(terms["kl"], 0.5 * kl, rtol=1e-4)
    draw = vae.draw(6, tf.constant([0, 1]), degraded)
    without = make()
    without.set_weights(vae.get_weights()[: len(without.weights)])
    difference = vae.draw_log_prob(draw) - without.draw_log_prob(draw)
    noise = (draw.latents - mean) / np.exp(0.5 * log_variance)
    expected = np.sum(-0.5 * noise**2 - 0.5 * log_variance, axis=1)
    expected += np.sum(0.5 * draw.latents.numpy() ** 2, axis=1)
    np.testing.assert_allclose(difference, expected, atol=0.01)


def test_a_prior_network_trains_is_saved_and_exported(conditional, tmp_path):
    vae = make(prior_network=prior_network())
    vae.compile("sgd", reward=lightness, run_eagerly=True)
    before = values(vae.prior_network)
    vae.fit(images(8), verbose=0)
    assert differ(before, values(vae.prior_network))
    assert vae.policy_variables[-1] is vae.prior_network.trainable_variables[-1]
    degraded = vae.degrade(images(4))
    restored = vae.restore(degraded, seed=3)
    vae.save(tmp_path / "vae.keras")
    loaded = keras.saving.load_model(tmp_path / "vae.keras")
    np.testing.assert_array_equal(loaded.restore(degraded, seed=3), restored)
    vae.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved_model")
    np.testing.assert_allclose(served.restore(degraded, 3), restored, atol=1e-6)


def test_prior_networks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"= \(batch, 4\). Received outputs of shape"):
        make(prior_network=prior_network(outputs=2))
    with pytest.raises(ValueError, match="`prior_network` or `prior='learned'`"):
        make(prior_network=prior_network(), prior="learned")
    with pytest.raises(ValueError, match="`prior_network` of degraded images"):
        make(prior_network=network([(3,)], 4))
    with pytest.raises(TypeError, match="`prior_network` to be a Keras model"):
        make(prior_network=3)
