import pytest

from keras_rlgen import rewards
from keras_rlgen.models import VAE
from tests.networks import gan
from tests.rewards.generative import restored, vae


def test_the_model_is_part_of_the_reward_and_its_metrics_are_not():
    reward = rewards.Realism(vae())
    assert len(reward.weights) == len(reward.model.weights) > 0
    assert reward.metrics == [] and len(reward.model.metrics) > 0
    assert restored(reward).model is not reward.model


def test_a_lacking_method_is_named():
    with pytest.raises(TypeError, match="method `log_prob`. Received: 3 of type int"):
        rewards.Realism(3)


def test_classes_and_models_without_a_likelihood():
    with pytest.raises(TypeError, match="Received: the class `VAE`. Pass a trained"):
        rewards.Realism(VAE)
    with pytest.raises(TypeError, match="with a likelihood. Received: <GAN"):
        rewards.Realism(gan())
    with pytest.raises(TypeError, match="Received: the class `VAE`"):
        rewards.Novelty(VAE)
