"""Base class of tokenizers with a list of pieces as their vocabulary."""

import collections

from keras_rlgen.text.tokenizer import Tokenizer


class VocabularyTokenizer(Tokenizer):
    """Base class: texts are split into pieces, each of which is a token.

    Subclasses implement `split` and `join`.

    Args:
        vocabulary: Sequence of different strings; the index of one is its token.
        unknown: String that stands for a piece that is not in the vocabulary, or `None`
            if that is an error. It is one more token if it is not in the vocabulary.
        has_end: Whether there is an end token, the last one.

    Attributes:
        vocabulary: Tuple of strings, without the end token.
        pieces: String, what texts are split into, for an error.

    Raises:
        ValueError: If the vocabulary is empty or has a piece twice.
    """

    pieces = "pieces of texts"

    def __init__(self, vocabulary, unknown=None, has_end=True):
        super().__init__(has_end)
        vocabulary = tuple(vocabulary)
        if not vocabulary or not all(isinstance(p, str) and p for p in vocabulary):
            raise ValueError(
                "Expected a vocabulary of one or more strings, none empty. Received: "
                f"{vocabulary[:10]}. `{type(self).__name__}.fit(texts)` makes one."
            )
        unreached = [p for p in vocabulary if p != unknown and not self._is_piece(p)]
        if unreached:
            raise ValueError(
                f"Expected {self.pieces} as the vocabulary. Received: "
                f"{unreached[:10]}, which no text is split into."
            )
        if unknown is not None and unknown not in vocabulary:
            vocabulary = (*vocabulary, unknown)
        self.unknown = unknown
        self.vocabulary = vocabulary
        self._tokens = {piece: token for token, piece in enumerate(vocabulary)}
        if len(self._tokens) < len(vocabulary):
            counts = collections.Counter(vocabulary)
            twice = [piece for piece, count in counts.items() if count > 1]
            raise ValueError(
                f"Expected different pieces. Received more than once: {twice[:10]}"
            )

    @property
    def vocabulary_size(self):
        return len(self.vocabulary) + self.has_end

    @staticmethod
    def _is_piece(piece):
        """Returns whether a text can be split into a piece."""
        return True

    def split(self, text):
        """Splits a text into a list of pieces."""
        raise NotImplementedError

    def join(self, pieces):
        """Joins a list of pieces to a text."""
        raise NotImplementedError

    def tokenize(self, text):
        pieces = self.split(text)
        if self.unknown is not None:
            unknown = self._tokens[self.unknown]
            return [self._tokens.get(piece, unknown) for piece in pieces]
        missing = [piece for piece in pieces if piece not in self._tokens]
        if missing:
            raise ValueError(
                f"Expected texts of the {len(self.vocabulary)} pieces of the "
                f"vocabulary. Received: {text[:80]!r}, with {missing[:10]}. Fit the "
                "tokenizer to all texts, or pass `unknown`."
            )
        return [self._tokens[piece] for piece in pieces]

    def detokenize(self, tokens):
        return self.join([self.vocabulary[token] for token in tokens])

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary": list(self.vocabulary),
            "unknown": self.unknown,
        }


def counted_pieces(texts, split):
    """Counts the pieces of texts.

    Args:
        texts: Iterable of strings.
        split: Function from a text to its pieces.

    Returns:
        List of pairs of a piece and its count, the most frequent first, pieces of equal
        count in alphabetical order.

    Raises:
        TypeError: If `texts` is one string.
        ValueError: If there is no piece.

    Example:

    >>> counted_pieces(["b a b", "c"], str.split)
    [('b', 2), ('a', 1), ('c', 1)]
    """
    if isinstance(texts, (str, bytes)):
        raise TypeError(
            "Expected a sequence of strings. Received one string. Put it into a list."
        )
    counts = collections.Counter(piece for text in texts for piece in split(text))
    if not counts:
        raise ValueError("Expected texts that are not empty. Received: no text")
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
