import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.text.texts import restored

TOKENIZER = text.CharacterTokenizer("x+-*/()y")


def test_texygens_task():
    grammar = text.arithmetic_grammar()
    assert grammar.terminals == ("(", ")", "*", "+", "-", "/", "x", "y")
    reward = text.Grammar(grammar, TOKENIZER)
    texts = ["x", "(x+y)*x/y", "((x))-y", "x+(y)", "x+", "", "xy"]
    right = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    tokens = TOKENIZER.encode([t or "x" for t in texts], 9)
    tokens[5] = TOKENIZER.end_token
    assert reward(tf.constant(tokens)).numpy().tolist() == right


def test_words_that_the_grammar_lacks():
    tokenizer = text.WordTokenizer(["x", "z", "+"])
    reward = text.Grammar(text.ContextFreeGrammar({"S": ["x", "S + x"]}), tokenizer)
    tokens = tokenizer.encode(["x + x", "x + z", "x q x"], 4)
    assert reward(tf.constant(tokens)).numpy().tolist() == [1.0, 0.0, 0.0]


def test_configuration():
    reward = text.Grammar(text.arithmetic_grammar(), TOKENIZER, name="arithmetic")
    again = restored(reward)
    assert again.get_config() == reward.get_config()
    assert float(again(tf.constant(TOKENIZER.encode(["x*y"], 5)))[0]) == 1.0


def test_wrong_arguments_are_named():
    with pytest.raises(TypeError, match="a `ContextFreeGrammar`. Received: 'S'"):
        text.Grammar("S", TOKENIZER)
    with pytest.raises(ValueError, match="a tokenizer of the words"):
        text.Grammar(text.arithmetic_grammar(), text.CharacterTokenizer("ab"))
