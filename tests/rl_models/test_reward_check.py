import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rl_models.reward_check import finite_terms, has_gradient

SAMPLES = tf.ones((3, 2))


def test_terms_of_a_sum_are_returned():
    reward = rewards.get("constant") + 2.0 * rewards.get("uniform_random")
    assert set(finite_terms(reward, SAMPLES)) == {"constant", "uniform_random"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_term_that_is_not_finite(bad):
    def broken(samples):
        return bad * samples[:, 0]

    with pytest.raises(ValueError, match="Reward term 'broken' is not finite"):
        finite_terms(rewards.get(broken), SAMPLES)


def test_a_term_of_another_shape():
    with pytest.raises(ValueError, match="shape"):
        finite_terms(rewards.get(lambda samples: samples), SAMPLES)


def test_only_null_rewards_may_have_no_gradient():
    sharpness, size = rewards.Sharpness(), rewards.Compressibility()
    images = tf.random.stateless_uniform((2, 8, 8, 1), [0, 1])
    for reward in (sharpness, sharpness + size, rewards.Constant()):
        assert has_gradient(reward, images)
    assert not has_gradient(1.0 - size, images)


def of_class(samples, labels):
    return tf.gather(samples, labels, batch_dims=1)


def test_rewards_see_the_condition():
    reward, labels = rewards.get(of_class), tf.constant([1, 0, 1])
    assert set(finite_terms(reward, SAMPLES, labels)) == {"of_class"}
    assert has_gradient(reward, SAMPLES, labels)
