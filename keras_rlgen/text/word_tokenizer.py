import re

import keras

from keras_rlgen.arguments import check_flag, is_integer
from keras_rlgen.text.vocabulary_tokenizer import VocabularyTokenizer, counted_pieces

PIECES = re.compile(r"[\w'-]+|[^\w\s]")


@keras.saving.register_keras_serializable("keras_rlgen")
class WordTokenizer(VocabularyTokenizer):
    """Words and punctuation marks as tokens.

    A word is a run of letters, digits, apostrophes and hyphens; any other character
    that is not white space is a token of its own. Decoded texts have a space between
    any two tokens.

    Args:
        vocabulary: Sequence of different words and marks.
        unknown: String that stands for all others, or `None` if others are an error.
        lowercase: Whether texts are converted to lower case.
        has_end: Whether there is an end token, the last one.

    Raises:
        ValueError: If the vocabulary is empty, or has a word twice.

    Example:

    >>> tokenizer = WordTokenizer.fit(["A cat.", "A dog sleeps."], max_vocabulary=3)
    >>> tokenizer.vocabulary
    ('.', 'a', 'cat', '<unk>')
    >>> tokenizer.decode(tokenizer.encode(["a dog."], length=5))
    ['a <unk> .']
    """

    def __init__(self, vocabulary, unknown="<unk>", lowercase=True, has_end=True):
        super().__init__(vocabulary, unknown, has_end)
        check_flag("lowercase", lowercase)
        self.lowercase = bool(lowercase)

    pieces = "words without spaces"

    @staticmethod
    def _is_piece(piece):
        return not any(character.isspace() for character in piece)

    @classmethod
    def fit(
        cls,
        texts,
        max_vocabulary=None,
        unknown="<unk>",
        lowercase=True,
        has_end=True,
    ):
        """Returns a tokenizer of the most frequent words in texts.

        Args:
            texts: Iterable of strings.
            max_vocabulary: Integer >= 1, how many words it has; by default all.
            unknown: As in the constructor.
            lowercase: As in the constructor.
            has_end: As in the constructor.

        Raises:
            TypeError: If `texts` is one string.
            ValueError: If there is no word, or `max_vocabulary` is out of its range.
        """
        if max_vocabulary is not None and (
            not is_integer(max_vocabulary) or max_vocabulary < 1
        ):
            raise ValueError(
                f"Expected `max_vocabulary` >= 1 or None. Received: {max_vocabulary!r}"
            )
        counted = counted_pieces(texts, lambda text: words(text, lowercase))
        vocabulary = [word for word, _ in counted[:max_vocabulary]]
        return cls(vocabulary, unknown, lowercase, has_end)

    def split(self, text):
        return words(text, self.lowercase)

    def join(self, pieces):
        return " ".join(pieces)

    def get_config(self):
        return {**super().get_config(), "lowercase": self.lowercase}


def words(text, lowercase=True):
    """Splits a text into words and punctuation marks.

    Args:
        text: String.
        lowercase: Whether it is converted to lower case.

    Returns:
        List of strings.

    Example:

    >>> words("It's a well-known man, 'Bo'.")
    ["it's", 'a', 'well-known', 'man', ',', "'bo'", '.']
    """
    return PIECES.findall(text.lower() if lowercase else text)
