import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.world_models import Deterministic, Ensemble


def test_open_loop_losses_are_those_of_a_slow_transcription():
    dynamics = Deterministic(hidden=(5,))
    dynamics.connect(2, 1, seed=0)
    mean, scale = np.float32([0.1, -0.2]), np.float32([0.5, 2.0])
    dynamics.adapt(mean, scale)
    latents = tf.random.stateless_normal((3, 5, 2), (0, 1))
    actions = tf.random.stateless_normal((3, 4, 1), (0, 2))
    features, losses = dynamics.train_on(latents, actions, (0, 1))
    for row in range(3):
        latent = latents[row, 0].numpy()
        for step in range(4):
            output = dynamics.outputs(latent[None], actions[row, step][None])[0]
            observed = (latents[row, step + 1] - latent - mean) / scale
            loss = np.mean(np.square(output - observed))
            np.testing.assert_allclose(
                losses["dynamics_loss"][row, step], loss, rtol=1e-4
            )
            latent = latent + mean + scale * output.numpy()
            np.testing.assert_allclose(features[row, step + 1], latent, rtol=1e-4)
    np.testing.assert_array_equal(features[:, 0], latents[:, 0])


def test_rows_follow_their_member():
    dynamics = Ensemble(members=3, hidden=(4,))
    dynamics.connect(2, 1, seed=0)
    latent = tf.random.stateless_normal((1, 2), (0, 1))
    same = tf.repeat(latent, 6, axis=0)
    outputs = dynamics.outputs(same, tf.zeros((6, 1)))
    np.testing.assert_allclose(outputs[:3], outputs[3:], rtol=1e-5)
    assert not np.allclose(outputs[0], outputs[1])
    changes = np.asarray(outputs[:3])
    expected = np.sqrt(np.mean(np.var(changes, axis=0)))
    np.testing.assert_allclose(
        dynamics.spread(latent, tf.zeros((1, 1))), [expected], rtol=1e-4
    )


def test_hidden_is_checked():
    with pytest.raises(ValueError, match="`hidden` to be a tuple of integers"):
        Deterministic(hidden=(0,))
