import pytest

from keras_rlgen import text
from keras_rlgen.text.vocabulary_tokenizer import counted_pieces


def test_an_unknown_piece_is_an_error_or_a_token():
    with pytest.raises(ValueError, match=r"'abz', with \['z'\].*pass `unknown`"):
        text.CharacterTokenizer("ab").tokenize("abz")
    tokenizer = text.CharacterTokenizer("ab", unknown="?")
    assert tokenizer.vocabulary == ("a", "b", "?") and tokenizer.end_token == 3
    assert tokenizer.tokenize("abz") == [0, 1, 2]
    among = text.CharacterTokenizer("a?b", unknown="?")
    assert among.vocabulary_size == 4 and among.tokenize("bz") == [2, 1]


@pytest.mark.parametrize("vocabulary", [[], ["a", ""], ["a", 3]])
def test_a_vocabulary_has_strings(vocabulary):
    with pytest.raises(ValueError, match="one or more strings, none empty"):
        text.WordTokenizer(vocabulary)


def test_a_vocabulary_has_no_piece_twice():
    with pytest.raises(ValueError, match=r"more than once: \['a'\]"):
        text.CharacterTokenizer("aba")


def test_pieces_are_counted():
    counted = counted_pieces(["a b", "b c b"], str.split)
    assert counted == [("b", 3), ("a", 1), ("c", 1)]
    with pytest.raises(TypeError, match="Received one string"):
        counted_pieces("a b", str.split)
    with pytest.raises(ValueError, match="Received: no text"):
        counted_pieces([" "], str.split)


def test_pieces_that_no_text_is_split_into():
    with pytest.raises(ValueError, match=r"single characters.*Received: \['ab'\]"):
        text.CharacterTokenizer(["ab", "c"], unknown="<unk>")
    with pytest.raises(ValueError, match=r"words without spaces.*\['a b'\]"):
        text.WordTokenizer(["a b", "c"])
