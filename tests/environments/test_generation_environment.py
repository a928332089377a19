import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments import LatentEditing


def environment():
    return LatentEditing(tf.tanh, 2, lambda samples: samples[:, 0])


def test_a_reward_is_replaced_only_when_it_is_assigned():
    editing, samples = environment(), tf.constant([[0.5, -1.0]])
    other = editing.validated_reward(lambda samples: samples[:, 1])
    assert editing.score(samples) == 0.5
    editing.reward = other
    assert editing.score(samples) == -1.0


def test_rewards_that_do_not_fit():
    editing = environment()
    with pytest.raises(ValueError, match=r"return shape \(batch,\)"):
        editing.validated_reward(lambda samples: samples)
    with pytest.raises(ValueError, match="cannot update them"):
        editing.validated_reward(rewards.Normalized(rewards.Constant(1.0)))
    assert editing.score(tf.ones((1, 2))) == 1.0
