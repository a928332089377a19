import keras

from keras_rlgen.text.vocabulary_tokenizer import VocabularyTokenizer, counted_pieces


@keras.saving.register_keras_serializable("keras_rlgen")
class CharacterTokenizer(VocabularyTokenizer):
    """Characters as tokens.

    Args:
        vocabulary: Sequence of different characters, or a string of them.
        unknown: Character that stands for all others, or `None` if others are an
            error.
        has_end: Whether there is an end token, the last one.

    Raises:
        ValueError: If the vocabulary is empty, or has a character twice.

    Example:

    >>> tokenizer = CharacterTokenizer.fit(["to be", "or not"])
    >>> tokenizer.vocabulary
    (' ', 'b', 'e', 'n', 'o', 'r', 't')
    >>> tokenizer.tokenize("bet"), tokenizer.end_token
    ([1, 2, 6], 7)
    """

    pieces = "single characters"

    @staticmethod
    def _is_piece(piece):
        return len(piece) == 1

    @classmethod
    def fit(cls, texts, unknown=None, has_end=True):
        """Returns a tokenizer of the characters in texts, in order of their code.

        Args:
            texts: Iterable of strings.
            unknown: As in the constructor.
            has_end: As in the constructor.

        Raises:
            TypeError: If `texts` is one string.
            ValueError: If there is no character.
        """
        characters = [piece for piece, _ in counted_pieces(texts, list)]
        return cls(sorted(characters), unknown, has_end)

    def split(self, text):
        return list(text)

    def join(self, pieces):
        return "".join(pieces)
