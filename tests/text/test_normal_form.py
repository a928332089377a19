import itertools

import numpy as np

from keras_rlgen.text.normal_form import normal_form


def yields(of_words, of_pairs, symbol, words):
    """Returns whether a symbol yields words, by trying all divisions."""
    if len(words) == 1:
        return bool(of_words[words[0], symbol])
    left, right = np.nonzero(of_pairs[:, :, symbol])
    return any(
        yields(of_words, of_pairs, b, words[:cut])
        and yields(of_words, of_pairs, c, words[cut:])
        for b, c in zip(left.tolist(), right.tolist(), strict=True)
        for cut in range(1, len(words))
    )


def test_the_language_is_the_same():
    # As many a as b: "ab", "aabb", with a c in place of any inner pair.
    rules = {"S": [("A",)], "A": [("a", "A", "b"), ("a", "b"), ("B",)], "B": [("c",)]}
    grammar = normal_form(rules, "S", ("a", "b", "c"))
    language = {
        "".join("abc"[word] for word in words)
        for length in range(1, 6)
        for words in itertools.product(range(3), repeat=length)
        if yields(*grammar[:2], grammar[2], words)
    }
    assert language == {"c", "ab", "acb", "aabb", "aacbb"}


def test_symbols_that_yield_each_other():
    rules = {"S": [("T",)], "T": [("S",), ("a",)]}
    of_words, of_pairs, start = normal_form(rules, "S", ("a",))
    assert of_words.tolist() == [[1.0, 1.0]] and not of_pairs.any() and start == 0
