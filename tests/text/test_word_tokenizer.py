import pytest

from keras_rlgen import text
from keras_rlgen.text.word_tokenizer import words
from tests.text.texts import CAPTIONS, restored


def test_the_most_frequent_words_come_first():
    tokenizer = text.WordTokenizer.fit(CAPTIONS, max_vocabulary=4)
    assert tokenizer.vocabulary == (".", "a", "bus", "dog", "<unk>")
    assert tokenizer.vocabulary_size == 6 and tokenizer.end_token == 5
    tokens = tokenizer.encode(["A dog, a BUS."], length=8)
    assert tokens.tolist() == [[1, 3, 4, 1, 2, 0, 5, 5]]
    assert tokenizer.decode(tokens) == ["a dog <unk> a bus ."]


def test_all_words_are_kept_by_default():
    tokenizer = text.WordTokenizer.fit(CAPTIONS, unknown=None)
    assert "two" in tokenizer.vocabulary and "<unk>" not in tokenizer.vocabulary
    decoded = tokenizer.decode(tokenizer.encode(CAPTIONS, length=8))
    assert decoded[1] == "a dog on a red bus ."
    with pytest.raises(ValueError, match=r"with \['cat'\]"):
        tokenizer.tokenize("a cat")


def test_words_and_marks():
    assert words("A man's T-shirt, 3 (three) times") == (
        ["a", "man's", "t-shirt", ",", "3", "(", "three", ")", "times"]
    )
    assert words("Ein Bär", lowercase=False) == ["Ein", "Bär"]


def test_configuration():
    tokenizer = text.WordTokenizer(["A", "B"], "?", lowercase=False, has_end=False)
    again = restored(tokenizer)
    assert again.get_config() == tokenizer.get_config()
    assert again.tokenize("B a A") == [1, 2, 0]


@pytest.mark.parametrize("size", [0, 2.5, "3"])
def test_the_size_of_the_vocabulary(size):
    with pytest.raises(ValueError, match="`max_vocabulary` >= 1"):
        text.WordTokenizer.fit(CAPTIONS, max_vocabulary=size)
