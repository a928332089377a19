import pytest
import tensorflow as tf

from keras_rlgen import text
from keras_rlgen.text.tokenizer_reward import TokenizerReward


def test_the_encoding_is_the_tokenizers():
    reward = TokenizerReward(text.CharacterTokenizer("ab"))
    assert reward.vocabulary_size == 3 and reward.end_token == 2
    with pytest.raises(ValueError, match="another encoding"):
        reward(tf.constant([[3, 0]]))
    with pytest.raises(TypeError, match="a tokenizer of `keras_rlgen.text`"):
        TokenizerReward("ab")
