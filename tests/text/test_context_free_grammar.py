import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.text.texts import restored

BRACKETS = text.ContextFreeGrammar({"S": ["( )", "( S )", "S S"]})


def balanced(words):
    depth = list(itertools.accumulate(1 if word == "(" else -1 for word in words))
    return bool(depth) and min(depth) >= 0 and depth[-1] == 0


def test_every_short_text_is_classified():
    texts = [
        " ".join(words)
        for length in range(1, 9)
        for words in itertools.product("()", repeat=length)
    ]
    accepted = BRACKETS.accepts(texts)
    assert accepted.tolist() == [balanced(t.split()) for t in texts]
    assert accepted.sum() == 1 + 2 + 5 + 14
    assert BRACKETS.accepts(["", "( x )", "( )"]).tolist() == [False, False, True]


def test_recognition_under_xla():
    words = tf.constant([[0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 0]])
    lengths = tf.constant([2, 4, 3])
    recognized = tf.function(BRACKETS.recognized, jit_compile=True)
    assert recognized(words, lengths).numpy().tolist() == [True, True, False]


def test_samples_belong_to_the_language():
    samples = BRACKETS.sample(40, max_length=12, seed=0)
    assert all(BRACKETS.accepts(samples))
    assert all(len(sample.split()) <= 12 for sample in samples)
    assert len(set(samples)) > 3
    assert samples == BRACKETS.sample(40, max_length=12, seed=0)


def test_a_grammar_without_short_texts():
    endless = text.ContextFreeGrammar({"S": ["S a", "T"], "T": ["T"]})
    with pytest.raises(ValueError, match="0 of 1000 are"):
        endless.sample(1, max_length=5, seed=0)


def test_configuration():
    grammar = text.ContextFreeGrammar({"A": ["b A", "c"]}, start="A")
    again = restored(grammar)
    assert again.get_config() == grammar.get_config()
    assert again.terminals == ("b", "c")
    assert np.array_equal(again.accepts(["b b c", "b"]), [True, False])


@pytest.mark.parametrize(
    "rules, message",
    [
        ({"T": ["a"]}, "rules for the start symbol 'S'.*rules for \\['T'\\]"),
        ({"S": []}, "productions of one or more symbols for 'S'"),
        ({"S": ["a", " "]}, "Write the rules without empty ones"),
    ],
)
def test_rules_are_checked(rules, message):
    with pytest.raises(ValueError, match=message):
        text.ContextFreeGrammar(rules)


def test_productions_that_are_no_strings():
    with pytest.raises(TypeError, match="productions of 'S' as strings"):
        text.ContextFreeGrammar({"S": [["a", "S"]]})
