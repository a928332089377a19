import pytest

from keras_rlgen import rewards
from tests.rewards.generative import restored, vae


def test_the_model_is_part_of_the_reward_and_its_metrics_are_not():
    reward = rewards.Realism(vae())
    assert len(reward.weights) == len(reward.model.weights) > 0
    assert reward.metrics == [] and len(reward.model.metrics) > 0
    assert restored(reward).model is not reward.model


def test_a_lacking_method_is_named():
    with pytest.raises(TypeError, match="method `log_prob`. Received: 3 of type int"):
        rewards.Realism(3)
