import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text
from keras_rlgen.models import RecurrentBackbone, SequenceGenerator
from keras_rlgen.rl_models import RewardTuner
from tests.rewards.transitions import vectors


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class First(text.TokenReward):
    def score(self, tokens, lengths):
        return tokens[:, 0] + 10 * lengths


def test_tokens_and_lengths():
    reward = First(vocabulary_size=5, end_token=4)
    tokens = tf.constant([[1, 2, 4, 3], [3, 3, 3, 3], [4, 0, 0, 0]], tf.int64)
    value, terms = reward.terms(tokens)
    assert value.numpy().tolist() == [21.0, 43.0, 4.0] and list(terms) == ["first"]
    assert First()(tokens).numpy().tolist() == [41.0, 43.0, 44.0]
    config = reward.get_config()
    assert First.from_config(config).get_config() == config


def test_another_encoding_is_refused():
    reward = First(vocabulary_size=5)
    with pytest.raises(ValueError, match="from 0 to 4.*from 1 to 5.*another encoding"):
        reward(tf.constant([[1, 5]]))
    with pytest.raises(ValueError, match=r"\(4, 8, 2\).*several voices"):
        reward(tf.zeros((4, 8, 2), tf.int32))
    with pytest.raises(TypeError, match="of an integer dtype. Received: float32"):
        reward(tf.zeros((4, 8)))
    with pytest.raises(TypeError, match="takes samples.*Received: a `Transition`"):
        reward(vectors())


def test_a_generator_of_another_encoding_is_refused():
    generator = SequenceGenerator(RecurrentBackbone(4, units=2), length=3)
    First().check_generator(generator)
    First(vocabulary_size=4).check_generator(generator)
    with pytest.raises(ValueError, match=r"from 0 to 4.*range \(0, 3\)"):
        RewardTuner(generator).compile(reward=First(vocabulary_size=5))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_in_a_graph_another_encoding_has_no_reward(jit_compile):
    score = tf.function(First(vocabulary_size=5), jit_compile=jit_compile)
    value = score(tf.constant([[1, 4], [1, 5], [-1, 0]])).numpy()
    np.testing.assert_array_equal(value, [21.0, np.nan, np.nan])
