"""Base class of the tokenizers."""

import json

import keras
import numpy as np

from keras_rlgen.arguments import check_flag, is_integer
from keras_rlgen.whole_files import existing_file, write_text


class Tokenizer:
    """Base class of the tokenizers: texts to int32 tokens, and back.

    Subclasses implement `tokenize`, `detokenize`, `vocabulary_size` and `get_config`,
    and register with Keras. The last token ends a sequence, if `has_end`.

    Args:
        has_end: Whether there is an end token. Without, texts have to fill the length
            of a sequence, such as the `windows` of a long text.

    Example:

    >>> tokenizer = CharacterTokenizer("abc")
    >>> tokens = tokenizer.encode(["cab", "a"], length=4)
    >>> tokens.tolist()
    [[2, 0, 1, 3], [0, 3, 3, 3]]
    >>> tokenizer.decode(tokens)
    ['cab', 'a']
    """

    def __init__(self, has_end=True):
        check_flag("has_end", has_end)
        self.has_end = bool(has_end)

    @property
    def vocabulary_size(self):
        """Integer, the number of tokens, the end token among them."""
        raise NotImplementedError

    @property
    def end_token(self):
        """Integer, the token that ends a sequence; `None` if there is none."""
        return self.vocabulary_size - 1 if self.has_end else None

    def tokenize(self, text):
        """Returns the tokens of one text, a list of integers without an end token.

        Args:
            text: String.

        Raises:
            ValueError: If it has something that the vocabulary cannot represent.
        """
        raise NotImplementedError

    def detokenize(self, tokens):
        """Returns the text of a list of tokens, none of which is the end token.

        Args:
            tokens: List of integers.
        """
        raise NotImplementedError

    def encode(self, texts, length, truncate=False):
        """Encodes texts as sequences of one length.

        A text shorter than `length` is followed by end tokens; one of just this length
        has none.

        Args:
            texts: Sequence of strings.
            length: Integer >= 1, tokens of a sequence.
            truncate: Whether longer texts are cut; by default they are an error.

        Returns:
            Int32 NumPy array `(num_texts, length)`.

        Raises:
            TypeError: If `texts` is one string, or something in it is none.
            ValueError: If a text is empty, longer than `length`, shorter where there is
                no end token, or has something that the vocabulary lacks.
        """
        if isinstance(texts, (str, bytes)):
            raise TypeError(
                "Expected a sequence of strings. Received one string. Put it into a "
                "list: `encode([text], length)`."
            )
        if not is_integer(length) or length < 1:
            raise ValueError(f"Expected `length` >= 1. Received: {length!r}")
        rows = [self.tokenize(self._checked(text)) for text in texts]
        if not rows:
            raise ValueError("Expected at least one text. Received: none")
        sizes = np.array([len(row) for row in rows])
        if not sizes.all():
            index = int(np.argmin(sizes))
            raise ValueError(
                f"Expected texts of at least one token. Received: {texts[index]!r} at "
                f"index {index}"
            )
        if sizes.max() > length and not truncate:
            raise ValueError(
                f"Expected texts of at most {length} tokens. Received: "
                f"{np.sum(sizes > length)} of {len(rows)} that are longer, up to "
                f"{sizes.max()}. Raise `length`, leave them out, or pass "
                "`truncate=True`."
            )
        if sizes.min() < length and not self.has_end:
            raise ValueError(
                f"Expected texts of {length} tokens, since this tokenizer has no end "
                f"token. Received: {np.sum(sizes < length)} of {len(rows)} that are "
                f"shorter, down to {sizes.min()}. Use `has_end=True`, or `windows`."
            )
        tokens = np.full((len(rows), length), self.vocabulary_size - 1, "int32")
        for index, row in enumerate(rows):
            tokens[index, : len(row)] = row[:length]
        return tokens

    def decode(self, tokens):
        """Decodes sequences, each up to its end token.

        Args:
            tokens: Integer array `(num_sequences, length)`, or a tensor.

        Returns:
            List of `num_sequences` strings.

        Raises:
            TypeError: If the tokens are not integers.
            ValueError: If the shape is another, or a token is not in the vocabulary.
        """
        tokens = self.validated(tokens)
        texts = []
        for row in tokens.tolist():
            if self.end_token in row:
                row = row[: row.index(self.end_token)]
            texts.append(self.detokenize(row))
        return texts

    def validated(self, tokens):
        """Returns tokens as an array, if they are sequences of this vocabulary.

        Args:
            tokens: Integer array `(num_sequences, length)`, or a tensor.

        Raises:
            TypeError: If the tokens are not integers.
            ValueError: If the shape is another, or a token is not in the vocabulary.
        """
        tokens = np.asarray(tokens)
        if tokens.dtype.kind not in "iu":
            raise TypeError(f"Expected integer tokens. Received: dtype {tokens.dtype}")
        if tokens.ndim != 2:
            raise ValueError(
                "Expected tokens of shape (num_sequences, length). Received: "
                f"{tokens.shape}"
            )
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary_size:
            raise ValueError(
                f"Expected tokens from 0 to {self.vocabulary_size - 1}, the vocabulary "
                f"of this {type(self).__name__}. Received: tokens from "
                f"{tokens.min()} to {tokens.max()}. Are they of another encoding?"
            )
        return tokens

    def save(self, path):
        """Writes the tokenizer to a JSON file, which `load_tokenizer` reads.

        Args:
            path: File to write.
        """
        config = keras.saving.serialize_keras_object(self)
        text = json.dumps(config, ensure_ascii=False, indent=1)
        write_text(path, text + "\n")

    def get_config(self):
        return {"has_end": self.has_end}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    @staticmethod
    def _checked(text):
        if not isinstance(text, str):
            raise TypeError(
                f"Expected strings. Received: {text!r} of type {type(text).__name__}"
            )
        return text


def load_tokenizer(path):
    """Reads a tokenizer from the file that `Tokenizer.save` wrote.

    Args:
        path: JSON file.

    Returns:
        A `Tokenizer`.

    Raises:
        ValueError: If the file is something else.
        FileNotFoundError: If there is no such file.
    """
    path = existing_file(path)
    try:
        config = json.loads(path.read_text("utf-8"))
        tokenizer = keras.saving.deserialize_keras_object(config)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"Expected the JSON file of a tokenizer, from `tokenizer.save`. Received: "
            f"{path}, which cannot be read: {error}"
        ) from error
    if not isinstance(tokenizer, Tokenizer):
        raise ValueError(
            f"Expected the JSON file of a tokenizer, from `tokenizer.save`. Received: "
            f"{path}, with an object of type {type(tokenizer).__name__}"
        )
    return tokenizer
