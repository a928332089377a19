import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.text.texts import CAPTIONS, restored, words


def test_words_and_phrases_are_found():
    tokenizer = words()
    reward = text.Keywords(["Red bus", "dog"], tokenizer)
    tokens = tokenizer.encode(CAPTIONS, length=8)
    assert reward(tf.constant(tokens)).numpy().tolist() == [0.5, 1.0, 0.0, 0.5]
    # Not in what follows the end.
    dog, end = tokenizer.tokenize("dog")[0], tokenizer.end_token
    assert float(reward(tf.constant([[end, dog, dog]]))[0]) == 0.0
    assert float(reward(tf.constant([[dog]]))[0]) == 0.5


def test_parts_of_words_in_characters():
    tokenizer = text.CharacterTokenizer.fit(CAPTIONS)
    reward = text.Keywords(["dogs"], tokenizer)
    tokens = tokenizer.encode(CAPTIONS, length=20)
    assert reward(tf.constant(tokens)).numpy().tolist() == [0.0, 0.0, 1.0, 0.0]


def test_configuration():
    reward = text.Keywords(["red bus"], words(), name="bus")
    again = restored(reward)
    assert again.get_config() == reward.get_config()
    tokens = tf.constant(words().encode(CAPTIONS, length=8))
    assert again(tokens).numpy().tolist() == reward(tokens).numpy().tolist()


def test_keywords_that_cannot_be_found():
    with pytest.raises(ValueError, match=r"vocabulary. Received: \['a zebra'\]"):
        text.Keywords(["dog", "a zebra"], words())
    with pytest.raises(ValueError, match="none empty"):
        text.Keywords([], words())
    with pytest.raises(ValueError, match="none empty"):
        text.Keywords([" "], words())
    with pytest.raises(TypeError, match="Received one string"):
        text.Keywords("dog", words())
