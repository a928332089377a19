import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments import LatentEditing
from keras_rlgen.rl_models.dqn_gan.edit_directions import (
    find_directions,
    initial_directions,
)

SCALES = tf.constant([1.0, 5.0, 2.0])


def environment(reward=lambda samples: samples[:, 2], **kwargs):
    return LatentEditing(lambda latents: SCALES * latents, 3, reward, **kwargs)


def test_axes_and_arrays_are_known_at_once():
    np.testing.assert_array_equal(initial_directions("axes", 2, 3), np.eye(3)[:2])
    assert initial_directions("principal", None, 20).shape == (8, 20)
    assert not initial_directions("learned", 2, 3).any()
    np.testing.assert_array_equal(initial_directions([[1, 2]], None, 2), [[1.0, 2.0]])
    with pytest.raises(ValueError, match="num_directions=2"):
        initial_directions([[1, 2]], 2, 2)


def test_given_directions_have_to_lead_somewhere():
    for value in 0.0, np.nan:
        with pytest.raises(ValueError, match="finite and not zero"):
            initial_directions(np.full((2, 3), value), None, 3)


def test_principal_directions_are_those_of_the_samples():
    found = find_directions("principal", environment(), 2, seed=0)
    np.testing.assert_allclose(np.abs(found), [[0, 1, 0], [0, 0, 1]], atol=0.1)


def test_learned_directions_are_those_of_the_reward_then_principal():
    found = find_directions("learned", environment(), 2, seed=0)
    np.testing.assert_allclose(found[0], [0, 0, 1], atol=0.1)
    np.testing.assert_allclose(np.abs(found[1]), [0, 1, 0], atol=0.1)


def test_learned_directions_of_each_target():
    def reward(samples, condition):
        return tf.gather(samples, condition, batch_dims=1)

    found = find_directions("learned", environment(reward, targets=3), 3, seed=0)
    np.testing.assert_allclose(found, np.eye(3), atol=0.12)


def test_a_term_that_ignores_the_target_has_one_direction():
    reward = rewards.FunctionReward(lambda samples: samples[:, 2], name="last")
    found = find_directions("learned", environment(reward, targets=3), 2, seed=0)
    np.testing.assert_allclose(np.abs(found), [[0, 0, 1], [0, 1, 0]], atol=0.12)


def test_a_constant_reward_teaches_none():
    constant = environment(lambda samples: tf.zeros_like(samples[:, 0]))
    found = find_directions("learned", constant, 1, seed=0)
    np.testing.assert_allclose(np.abs(found), [[0, 1, 0]], atol=0.1)
