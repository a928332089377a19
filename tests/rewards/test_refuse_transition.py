import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards.refuse_transition import refuse_transition
from tests.rewards.transitions import vectors


def test_samples_pass():
    reward = rewards.Sharpness()
    for samples in (tf.zeros((2, 1)), (tf.zeros((2, 1)),), {"a": tf.zeros((2, 1))}):
        refuse_transition(reward, samples)


@pytest.mark.parametrize(
    "reward",
    [
        rewards.Sharpness(name="mine"),
        rewards.Contrast(name="mine"),
        rewards.Compressibility(name="mine"),
        rewards.BoundarySmoothness(np.ones((2, 2)), name="mine"),
        rewards.DistanceToTarget(np.ones(2), name="mine"),
        rewards.DiversityFilter(lambda t: t.reward, 0.0, name="mine"),
        rewards.ClassifierConfidence(keras.Sequential(), name="mine"),
    ],
    ids=lambda reward: type(reward).__name__,
)
def test_rewards_of_samples_say_what_to_do_with_transitions(reward):
    with pytest.raises(TypeError, match="Reward 'mine' takes samples") as error:
        reward.terms(vectors())
    assert "Received: a `Transition`" in str(error.value)
    assert "Wrap the reward, `rewards.State(reward)`" in str(error.value)
