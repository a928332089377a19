import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rewards import FunctionReward
from keras_rlgen.rl_models import RLVAE
from keras_rlgen.rl_models.judge_latents import judge_latents
from tests import networks
from tests.networks import TARGET, closeness
from tests.rl_models.autoencoders import BINARY, rl_vae

LATENTS = tf.constant(np.linspace(-2.0, 2.0, 12).reshape(4, 3, 1), tf.float32)
REWARD = FunctionReward(closeness)


def judged(model, latents=LATENTS, reward=REWARD, pathwise=False):
    samples = tf.constant(BINARY)
    return judge_latents(model, reward, samples, latents, None, False, pathwise)


@pytest.mark.parametrize("pathwise", [False, True])
def test_likelihood_and_reward_in_numpy(pathwise):
    model = rl_vae()
    log_likelihood, reward, means, _ = judged(model, pathwise=pathwise)
    on = 1.0 / (1.0 + np.exp(-model.decoder(LATENTS[:, :, 0].numpy().reshape(-1, 1))))
    on = on.reshape(4, 3, 2)
    chances = np.where(BINARY == 1.0, on, 1.0 - on)
    np.testing.assert_allclose(
        log_likelihood, np.log(chances).sum(axis=-1), rtol=1e-4, atol=1e-5
    )
    expected = -np.square(on - TARGET).sum(axis=-1)
    np.testing.assert_allclose(reward, expected, rtol=1e-5)
    assert float(means["reward_closeness"]) == pytest.approx(expected.mean(), rel=1e-5)


def test_the_slope_is_of_the_reward_in_the_latents_and_nothing_else():
    model = rl_vae()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(LATENTS)
        *_, slope_loss = judged(model, pathwise=True)
        on = tf.sigmoid(model.decoder(tf.reshape(LATENTS, [-1, 1])))
        expected = -tf.reduce_mean(closeness(on))
    np.testing.assert_allclose(
        tape.gradient(slope_loss, LATENTS), tape.gradient(expected, LATENTS), rtol=1e-4
    )
    weights = model.decoder.trainable_variables
    assert all(g is None for g in tape.gradient(slope_loss, weights))


def test_without_a_reward():
    log_likelihood, reward, means, slope_loss = judged(rl_vae(), reward=None)
    assert log_likelihood.shape == (4, 3) and not np.any(reward)
    assert means == {} and slope_loss == 0.0


@keras.saving.register_keras_serializable("test_judge_latents")
def of_class(samples, labels):
    return tf.gather(samples, labels, batch_dims=1)


@pytest.mark.parametrize("pathwise", [False, True])
def test_each_latent_is_judged_under_its_samples_condition(pathwise):
    decoder = networks.with_labels(1, 2, seed=3)
    model = RLVAE(networks.with_labels(2, 2, seed=4), decoder, 1, num_classes=2, seed=0)
    labels = tf.constant([1, 0, 1])
    _, reward, means, _ = judge_latents(
        model,
        FunctionReward(of_class),
        tf.constant(BINARY),
        LATENTS,
        labels,
        False,
        pathwise,
    )
    for index, latents in enumerate(LATENTS):
        on = 1.0 / (1.0 + np.exp(-decoder([latents, labels])))
        np.testing.assert_allclose(reward[index], on[range(3), [1, 0, 1]], rtol=1e-5)
    assert float(means["reward_of_class"]) == pytest.approx(np.mean(reward), rel=1e-5)
