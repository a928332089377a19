import json

import keras
import numpy as np
import pytest

from keras_rlgen import text


@pytest.fixture(scope="module")
def tokenizer():
    return text.CharacterTokenizer("abc")


def test_short_texts_are_followed_by_end_tokens(tokenizer):
    tokens = tokenizer.encode(["abcb", "ca"], length=4)
    assert tokens.dtype == np.int32
    assert tokens.tolist() == [[0, 1, 2, 1], [2, 0, 3, 3]]
    assert tokenizer.decode(tokens) == ["abcb", "ca"]
    assert tokenizer.vocabulary_size == 4 and tokenizer.end_token == 3


def test_what_follows_the_end_is_ignored(tokenizer):
    assert tokenizer.decode([[0, 3, 1, 1], [3, 0, 0, 0]]) == ["a", ""]


def test_long_texts_are_cut_on_request(tokenizer):
    with pytest.raises(ValueError, match="at most 2 tokens. Received: 1 of 2.*up to 3"):
        tokenizer.encode(["abc", "a"], length=2)
    tokens = tokenizer.encode(["abc", "a"], length=2, truncate=True)
    assert tokens.tolist() == [[0, 1], [0, 3]]


def test_without_an_end_all_texts_are_of_one_length():
    tokenizer = text.CharacterTokenizer("abc", has_end=False)
    assert tokenizer.vocabulary_size == 3 and tokenizer.end_token is None
    assert tokenizer.decode(tokenizer.encode(["ab", "ca"], length=2)) == ["ab", "ca"]
    with pytest.raises(ValueError, match="of 2 tokens.*1 of 2 that are shorter"):
        tokenizer.encode(["ab", "c"], length=2)


@pytest.mark.parametrize(
    "texts, length, error, message",
    [
        ("abc", 3, TypeError, r"one string. Put it into a list"),
        ([3], 3, TypeError, "Expected strings. Received: 3 of type int"),
        ([], 3, ValueError, "at least one text. Received: none"),
        (["a", ""], 3, ValueError, "at least one token. Received: '' at index 1"),
        (["a"], 0, ValueError, "`length` >= 1. Received: 0"),
        (["a"], 2.0, ValueError, "`length` >= 1. Received: 2.0"),
    ],
)
def test_what_cannot_be_encoded(tokenizer, texts, length, error, message):
    with pytest.raises(error, match=message):
        tokenizer.encode(texts, length)


@pytest.mark.parametrize(
    "tokens, error, message",
    [
        ([[0.0]], TypeError, "integer tokens. Received: dtype float64"),
        ([0, 1], ValueError, r"\(num_sequences, length\). Received: \(2,\)"),
        ([[0, 4]], ValueError, "from 0 to 3.*tokens from 0 to 4.*another encoding"),
        ([[-1, 2]], ValueError, "from 0 to 3"),
    ],
)
def test_what_cannot_be_decoded(tokenizer, tokens, error, message):
    with pytest.raises(error, match=message):
        tokenizer.decode(tokens)


def test_files(tmp_path):
    tokenizer = text.CharacterTokenizer("ä\nb", unknown="?", has_end=False)
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = text.load_tokenizer(tmp_path / "tokenizer.json")
    assert type(loaded) is text.CharacterTokenizer
    assert loaded.get_config() == tokenizer.get_config()


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.json"
    layer = keras.saving.serialize_keras_object(keras.layers.ReLU())
    unreadable = "{", "[]", '{"class_name": "Unknown", "config": {}}'
    for content in unreadable:
        path.write_text(content)
        with pytest.raises(ValueError, match="JSON file of a tokenizer"):
            text.load_tokenizer(path)
    path.write_text(json.dumps(layer))
    with pytest.raises(ValueError, match="an object of type ReLU"):
        text.load_tokenizer(path)
