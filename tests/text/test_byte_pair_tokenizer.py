import sys

import pytest

from keras_rlgen import text
from tests.text.texts import CAPTIONS, restored

pytest.importorskip("tokenizers")


@pytest.fixture(scope="module")
def tokenizer():
    return text.BytePairTokenizer.fit(CAPTIONS, vocabulary_size=270)


def test_it_merges_and_loses_nothing(tokenizer):
    assert tokenizer.vocabulary_size == 270 and tokenizer.end_token == 269
    assert len(tokenizer.tokenize("A red bus.")) < len("A red bus.")
    for written in ("A red bus.", "  Größe 東京\t!", "\n"):
        assert tokenizer.decode(tokenizer.encode([written], 32)) == [written]


def test_configuration_and_file(tokenizer, tmp_path):
    bare = text.BytePairTokenizer(tokenizer.definition, has_end=False)
    again = restored(bare)
    assert again.get_config() == bare.get_config() and again.end_token is None
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = text.load_tokenizer(tmp_path / "tokenizer.json")
    assert loaded.tokenize("A red bus.") == tokenizer.tokenize("A red bus.")


def test_what_cannot_be_learned():
    with pytest.raises(ValueError, match="`vocabulary_size` >= 258"):
        text.BytePairTokenizer.fit(CAPTIONS, vocabulary_size=257)
    with pytest.raises(TypeError, match="Received one string"):
        text.BytePairTokenizer.fit("abc", vocabulary_size=300)
    with pytest.raises(ValueError, match="Received: no text"):
        text.BytePairTokenizer.fit([""], vocabulary_size=300)
    with pytest.raises(ValueError, match="JSON definition of a byte-pair tokenizer"):
        text.BytePairTokenizer("{}")


def test_a_missing_library_is_named(tokenizer, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match=r"pip install .*\[language\]"):
        text.BytePairTokenizer(tokenizer.definition)
