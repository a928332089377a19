import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.text.context_free_grammar import ContextFreeGrammar
from keras_rlgen.text.tokenizer_reward import TokenizerReward
from keras_rlgen.text.vocabulary_tokenizer import VocabularyTokenizer


@keras.saving.register_keras_serializable("keras_rlgen")
class Grammar(TokenizerReward):
    """1 for a text of a context-free grammar's language, 0 for any other.

    It is computed in the graph. The cost grows with the third power of the length.

    Args:
        grammar: `ContextFreeGrammar`.
        tokenizer: `WordTokenizer` or `CharacterTokenizer` of the samples: a token is a
            word of the grammar.
        name: String.

    Raises:
        TypeError: If an argument is something else.
        ValueError: If the tokenizer lacks all words of the grammar.

    Example:

    >>> grammar = ContextFreeGrammar({"S": ["x", "S + x"]})
    >>> tokenizer = WordTokenizer(["x", "+"])
    >>> reward = Grammar(grammar, tokenizer)
    >>> reward(tf.constant(tokenizer.encode(["x + x", "x x"], 5))).numpy()
    array([1., 0.], dtype=float32)

    Reference:
        [Zhu et al., 2018](https://arxiv.org/abs/1802.01886), whose task is
        `arithmetic_grammar()`; [Kusner and Hernandez-Lobato,
        2016](https://arxiv.org/abs/1611.04051), section 5.
    """

    def __init__(self, grammar, tokenizer, name=None, **kwargs):
        super().__init__(tokenizer, name=name, **kwargs)
        if not isinstance(grammar, ContextFreeGrammar):
            raise TypeError(
                "Expected a `ContextFreeGrammar`. Received: "
                f"{grammar!r} of type {type(grammar).__name__}"
            )
        if not isinstance(tokenizer, VocabularyTokenizer):
            raise TypeError(
                "Expected a tokenizer whose tokens are words or characters. Received: "
                f"{type(tokenizer).__name__}"
            )
        self.grammar = grammar
        numbers = {word: index for index, word in enumerate(grammar.terminals)}
        other = len(numbers)
        words = [numbers.get(piece, other) for piece in tokenizer.vocabulary]
        if set(words) == {other}:
            raise ValueError(
                f"Expected a tokenizer of the words {grammar.terminals[:10]}. "
                f"Received one of {tokenizer.vocabulary[:10]}"
            )
        # The end token, and any token of another encoding, is no word of the grammar.
        self._words = np.array([*words, other], "int32")

    def score(self, tokens, lengths):
        last = len(self._words) - 1
        known = (tokens >= 0) & (tokens < last)
        words = tf.gather(self._words, tf.where(known, tokens, last))
        return tf.cast(self.grammar.recognized(words, lengths), tf.float32)

    def get_config(self):
        grammar = keras.saving.serialize_keras_object(self.grammar)
        return {**super().get_config(), "grammar": grammar}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "tokenizer", "grammar"))


def arithmetic_grammar():
    """Returns Texygen's grammar of sums, differences, products and quotients.

    Example:

    >>> arithmetic_grammar().accepts(["( x + y ) * x", "x + ( y"]).tolist()
    [True, False]
    """
    rules = {
        "S": ["S PLUS x", "S SUB x", "S PROD x", "S DIV x", "x", "( S )"],
        "PLUS": ["+"],
        "SUB": ["-"],
        "PROD": ["*"],
        "DIV": ["/"],
    }
    # The nonterminal symbol x of Texygen yields the words x and y.
    rules = {
        symbol: [p.replace("x", "VARIABLE") for p in productions]
        for symbol, productions in rules.items()
    }
    return ContextFreeGrammar({**rules, "VARIABLE": ["x", "y"]})
