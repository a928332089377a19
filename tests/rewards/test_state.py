import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.rewards.transitions import vectors


@keras.saving.register_keras_serializable("test_state")
def second(vector):
    return vector[:, 1]


class Learner(rewards.Reward):
    """Counts how often it learns, and of what."""

    def __init__(self):
        super().__init__()
        self.learned = []

    def call(self, samples, training=None):
        return samples[:, 0]

    def learn(self, transitions):
        self.learned.append(transitions)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_next_observation_is_judged(jit_compile):
    reward = rewards.State(rewards.DistanceToTarget([1.0, 1.0])) + rewards.State(second)
    terms = tf.function(reward.terms, jit_compile=jit_compile)
    value, parts = terms(vectors())
    # (-1, 5) and (7, 0) are 4 + 16 and 36 + 1 away, of two elements each.
    np.testing.assert_allclose(parts["distance_to_target"], [-10.0, -18.5])
    np.testing.assert_allclose(parts["second"], [5.0, 0.0])
    np.testing.assert_allclose(value, [-5.0, -18.5])


def test_images_of_an_agent_are_judged_as_images_are():
    images = tf.random.stateless_uniform((2, 5, 5, 1), [0, 0])
    transition = vectors()._replace(next_observation=images)
    value = rewards.State(rewards.Sharpness())(transition)
    np.testing.assert_array_equal(value, rewards.Sharpness()(images))


def test_what_it_wraps_learns_from_next_observations():
    learner, transition = Learner(), vectors()
    (rewards.State(learner) + rewards.Environment()).learn(transition)
    assert learner.learned == [transition.next_observation]
    assert rewards.State(learner).keeps_state and not rewards.State(second).keeps_state


def test_samples_are_refused_with_the_remedy():
    reward = rewards.State(second, name="of_state")
    for method in (reward, reward.terms, reward.learn):
        with pytest.raises(TypeError, match="'of_state' expected a `keras_rlgen.exper"):
            method(tf.zeros((2, 2)))
    with pytest.raises(TypeError, match="Use the wrapped reward, 'second', without it"):
        reward(tf.zeros((2, 2)))


def test_config_round_trip():
    reward = rewards.State(second, name="of_state")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.State and restored.name == "of_state"
    np.testing.assert_array_equal(restored(vectors()), [5.0, 0.0])
