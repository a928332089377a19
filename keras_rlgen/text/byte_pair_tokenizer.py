import keras

from keras_rlgen.arguments import is_integer
from keras_rlgen.extras import install_command
from keras_rlgen.text.tokenizer import Tokenizer

NUM_BYTES = 256


@keras.saving.register_keras_serializable("keras_rlgen")
class BytePairTokenizer(Tokenizer):
    """Byte pairs as tokens: frequent runs of bytes, merged one after another.

    It begins with the 256 bytes of UTF-8, so that every text can be encoded, and
    decoded without loss. Training and encoding are those of the library `tokenizers`,
    of the extra `language`.

    Args:
        definition: String, the JSON definition of a byte-level `tokenizers.Tokenizer`,
            such as `fit` makes.
        has_end: Whether there is an end token, the last one.

    Raises:
        ImportError: If `tokenizers` is not installed.
        ValueError: If `definition` is none.

    Example:

    ```python
    tokenizer = BytePairTokenizer.fit(texts, vocabulary_size=1000)
    tokens = tokenizer.encode(texts, length=64)
    tokenizer.decode(tokens)
    tokenizer.save("tokenizer.json")
    ```

    Reference:
        [Sennrich et al., 2016](https://arxiv.org/abs/1508.07909), section 3.2, on
        bytes, as [Radford et al., 2019](https://openai.com/research/better-language-models),
        section 2.2.
    """

    def __init__(self, definition, has_end=True):
        super().__init__(has_end)
        library = _library()
        try:
            self._tokenizer = library.Tokenizer.from_str(definition)
        except Exception as error:  # The library raises no narrower class.
            raise ValueError(
                "Expected the JSON definition of a byte-pair tokenizer. Received: "
                f"{definition!r:.80}. `BytePairTokenizer.fit(texts)` makes one."
            ) from error
        self.definition = definition

    @classmethod
    def fit(cls, texts, vocabulary_size, has_end=True):
        """Returns a tokenizer whose merges are learned from texts.

        Args:
            texts: Iterable of strings.
            vocabulary_size: Integer > 256, the number of tokens, the end token
                included. There are fewer if the texts have no more pairs.
            has_end: As in the constructor.

        Raises:
            TypeError: If `texts` is one string.
            ValueError: If there is no text, or `vocabulary_size` is too small.
        """
        least = NUM_BYTES + 1 + bool(has_end)
        if not is_integer(vocabulary_size) or vocabulary_size < least:
            raise ValueError(
                f"Expected `vocabulary_size` >= {least}: 256 bytes, at least one pair"
                f"{' and the end token' if has_end else ''}. "
                f"Received: {vocabulary_size!r}"
            )
        if isinstance(texts, (str, bytes)):
            raise TypeError(
                "Expected a sequence of strings. Received one string. Put it into a "
                "list."
            )
        texts = [cls._checked(text) for text in texts]
        if not any(texts):
            raise ValueError("Expected texts that are not empty. Received: no text")
        library = _library()
        tokenizer = library.Tokenizer(library.models.BPE())
        byte_level = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.pre_tokenizer = byte_level
        tokenizer.decoder = library.decoders.ByteLevel()
        trainer = library.trainers.BpeTrainer(
            vocab_size=int(vocabulary_size) - bool(has_end),
            initial_alphabet=sorted(byte_level.alphabet()),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer.to_str(), has_end)

    @property
    def vocabulary_size(self):
        return self._tokenizer.get_vocab_size() + self.has_end

    def tokenize(self, text):
        return self._tokenizer.encode(text).ids

    def detokenize(self, tokens):
        return self._tokenizer.decode(tokens, skip_special_tokens=False)

    def get_config(self):
        return {**super().get_config(), "definition": self.definition}


def _library():
    try:
        import tokenizers
    except ImportError as error:
        raise ImportError(
            "`BytePairTokenizer` needs the library `tokenizers`. Install it:\n\n"
            + install_command("language")
        ) from error
    return tokenizers
