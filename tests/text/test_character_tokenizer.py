from keras_rlgen import text
from tests.text.texts import restored


def test_characters_in_the_order_of_their_code():
    tokenizer = text.CharacterTokenizer.fit(["to be\n", "Or"])
    assert "".join(tokenizer.vocabulary) == "\n Obeort"
    for written in ("be to\n", "Or"):
        assert tokenizer.decode(tokenizer.encode([written], 8)) == [written]


def test_configuration():
    tokenizer = text.CharacterTokenizer.fit(["ab"], unknown="?", has_end=False)
    again = restored(tokenizer)
    assert again.get_config() == tokenizer.get_config()
    assert again.tokenize("bza") == [1, 2, 0] and again.end_token is None
