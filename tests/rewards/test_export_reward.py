import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.networks import linear

SAMPLES = np.float32([[0.0, 1.0], [2.0, 3.0]])


@keras.saving.register_keras_serializable("tests")
def first(samples):
    return samples[:, 0]


def with_numpy(samples):
    return np.asarray(samples)[:, 0]


def test_a_sum_with_its_terms(tmp_path):
    critic = linear(2, 1, np.float32([[1.0], [-1.0]]))
    judged = rewards.Discriminator("logit", discriminator=critic)
    reward = 2.0 * judged + rewards.FunctionReward(first)
    reward.export(tmp_path / "reward", SAMPLES, verbose=False)
    loaded = tf.saved_model.load(tmp_path / "reward")
    np.testing.assert_allclose(loaded.reward(SAMPLES), reward(SAMPLES), rtol=1e-6)
    terms = loaded.terms(SAMPLES)
    assert terms.keys() == {"discriminator", "first"}
    np.testing.assert_allclose(terms["discriminator"], [-1.0, -1.0], rtol=1e-6)
    served = loaded.signatures["reward"](samples=tf.constant(SAMPLES))
    np.testing.assert_allclose(*served.values(), reward(SAMPLES), rtol=1e-6)


def test_statistics_are_exported_and_stay(tmp_path):
    reward = rewards.Normalized(first)
    for _ in range(3):
        reward(SAMPLES, training=True)
    reward.export(tmp_path / "reward", SAMPLES, verbose=False)
    loaded = tf.saved_model.load(tmp_path / "reward")
    for _ in range(2):
        np.testing.assert_allclose(loaded.reward(SAMPLES), reward(SAMPLES), rtol=1e-6)


def test_what_cannot_be_exported(tmp_path):
    path = tmp_path / "reward"
    reward = rewards.FunctionReward(first) + rewards.FunctionReward(with_numpy)
    with pytest.raises(ValueError, match=r"\['with_numpy'\] is a function in plain"):
        reward.export(path, SAMPLES)
    with pytest.raises(ValueError, match="has no discriminator"):
        rewards.Discriminator().export(path, SAMPLES)
    assert not path.exists()


def test_what_is_no_reward_or_no_samples(tmp_path):
    with pytest.raises(TypeError, match="Expected a `Reward`. Received: <class"):
        rewards.export_reward(
            rewards.Contrast, tmp_path / "reward", np.zeros((2, 4, 4))
        )
    with pytest.raises(ValueError, match="Expected `samples`, an example"):
        rewards.export_reward(rewards.Contrast(), tmp_path / "reward", None)
