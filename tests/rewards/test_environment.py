import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from tests.rewards.transitions import REWARDS, transitions


@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_is_the_environments_reward(jit_compile):
    reward = rewards.Environment()
    value = tf.function(reward, jit_compile=jit_compile)(transitions())
    np.testing.assert_array_equal(value, REWARDS)


def test_it_is_a_term_like_others():
    reward = rewards.Clipped(rewards.Environment(), 0.0, 1.0)
    value, terms = (reward - 0.5).terms(transitions())
    np.testing.assert_array_equal(value, np.clip(REWARDS, 0.0, 1.0) - 0.5)
    np.testing.assert_array_equal(terms["environment"], REWARDS)


@pytest.mark.parametrize("samples", [tf.zeros((2, 1)), (tf.zeros((2,)),) * 5])
def test_samples_are_refused_with_the_remedy(samples):
    with pytest.raises(TypeError, match="expected a `keras_rlgen.exper") as e:
        rewards.Environment(name="own")(samples)
    assert "Reward 'own'" in str(e.value) and "Compile an agent with it" in str(e.value)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(rewards.Environment(name="own"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.Environment and restored.name == "own"
    assert rewards.get("environment").name == "environment"
