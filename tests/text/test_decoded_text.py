import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text
from keras_rlgen.rl_models import RewardTuner
from tests.models.token_model import TokenModel
from tests.text.texts import restored

TOKENIZER = text.CharacterTokenizer("ab")


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def number_of_a(texts):
    return [text.count("a") for text in texts]


def test_it_is_the_function_of_the_texts():
    reward = text.DecodedText(number_of_a, TOKENIZER)
    tokens = tf.constant(TOKENIZER.encode(["aab", "b", "aaaa"], 4))
    value, terms = reward.terms(tokens)
    assert value.numpy().tolist() == [2.0, 0.0, 4.0] and list(terms) == ["number_of_a"]
    in_graph = tf.function(reward)(tokens)
    assert in_graph.shape == (3,) and in_graph.numpy().tolist() == [2.0, 0.0, 4.0]
    unknown = tf.function(reward)(tf.constant([[0, 1], [3, 0]]))
    np.testing.assert_array_equal(unknown, [1.0, np.nan])


def test_a_model_is_tuned_by_it():
    tuner = RewardTuner(TokenModel(length=4, vocabulary_size=3), seed=0)
    reward = text.DecodedText(number_of_a, TOKENIZER)
    tuner.compile(keras.optimizers.Adam(0.2), reward=reward, kl_weight=0.0)
    assert not tuner.jit_compile
    tuner.fit(epochs=1, steps_per_epoch=15, verbose=0)
    generated = TOKENIZER.decode(tuner.generate(50, seed=0))
    assert np.mean(number_of_a(generated)) > 3.0


def test_configuration():
    reward = text.DecodedText(number_of_a, TOKENIZER, name="a")
    again = restored(reward)
    assert again.get_config() == reward.get_config() and again.function is number_of_a


@pytest.mark.parametrize("wrong", [lambda t: 1.0, lambda t: [np.inf] * len(t)])
def test_a_function_returns_a_number_for_each_text(wrong):
    reward = text.DecodedText(wrong, TOKENIZER)
    with pytest.raises(ValueError, match="one finite number for each of 2 texts"):
        reward(tf.constant([[0, 1], [1, 1]]))


def test_what_is_no_function():
    with pytest.raises(TypeError, match="Expected a callable. Received: 'a'"):
        text.DecodedText("a", TOKENIZER)
