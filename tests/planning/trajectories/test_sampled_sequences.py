import numpy as np
import tensorflow as tf

from keras_rlgen.planning.trajectories.sampled_sequences import sampled_sequences


def sample(evaluate, seed=(0, 1)):
    mean = tf.constant([[[0.5], [-0.5]]])
    scale = tf.constant([[[0.1], [2.0]]])
    return sampled_sequences(evaluate, mean, scale, -1.0, 1.0, 2000, seed)


def test_sequences_are_normal_within_the_bounds():
    actions, values = sample(lambda actions, seed: actions[:, :, 0, 0])
    assert actions.shape == (1, 2000, 2, 1) and np.abs(actions).max() == 1.0
    np.testing.assert_allclose(np.mean(actions[0, :, 0]), 0.5, atol=0.01)
    np.testing.assert_allclose(np.std(actions[0, :, 0]), 0.1, atol=0.01)
    np.testing.assert_array_equal(values, actions[:, :, 0, 0])
    again, _ = sample(lambda actions, seed: actions[:, :, 0, 0])
    np.testing.assert_array_equal(actions, again)


def test_values_that_are_not_finite_are_the_least():
    _, values = sample(
        lambda actions, seed: tf.where(actions[:, :, 0, 0] > 0.5, np.nan, 1.0)
    )
    assert set(values.numpy().ravel().tolist()) == {
        1.0,
        float(np.float32(-3.4028235e38)),
    }
