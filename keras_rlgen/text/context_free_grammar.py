"""Context-free grammars: samples, and whether a text belongs to the language."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.text.normal_form import normal_form

MAX_ATTEMPTS = 1000


@keras.saving.register_keras_serializable("keras_rlgen")
class ContextFreeGrammar:
    """A context-free grammar over words.

    Args:
        rules: Dict from nonterminal symbols to lists of productions, each a string of
            symbols divided by spaces. Symbols that are no key are words.
        start: String, the nonterminal symbol to begin with.

    Attributes:
        terminals: Tuple of strings, the words, sorted.

    Raises:
        ValueError: If there are no rules, a production is empty, or `start` is no
            nonterminal symbol.

    Example:

    >>> grammar = ContextFreeGrammar({"S": ["x", "S + S", "( S )"]})
    >>> grammar.accepts(["x + ( x )", "x + + x"]).tolist()
    [True, False]
    >>> len(grammar.sample(3, max_length=9, seed=0))
    3
    """

    def __init__(self, rules, start="S"):
        rules = {symbol: list(rules[symbol]) for symbol in rules}
        for symbol, productions in rules.items():
            if not all(isinstance(p, str) for p in productions):
                raise TypeError(
                    f"Expected productions of {symbol!r} as strings, symbols divided "
                    f"by spaces, such as 'a {symbol}'. Received: {productions!r}"
                )
        if start not in rules:
            raise ValueError(
                f"Expected rules for the start symbol {start!r}. Received: rules for "
                f"{sorted(rules)}"
            )
        for symbol, productions in rules.items():
            if not productions or not all(p.split() for p in productions):
                raise ValueError(
                    f"Expected productions of one or more symbols for {symbol!r}. "
                    f"Received: {productions}. Write the rules without empty ones."
                )
        self.rules, self.start = rules, start
        self._productions = {
            symbol: [tuple(p.split()) for p in productions]
            for symbol, productions in rules.items()
        }
        words = itertools.chain(*itertools.chain(*self._productions.values()))
        self.terminals = tuple(sorted(set(words) - set(rules)))
        self._normal_form = normal_form(self._productions, start, self.terminals)

    def sample(self, num_samples, max_length, seed=None):
        """Samples texts, each production of a symbol with equal probability.

        Args:
            num_samples: Integer >= 1.
            max_length: Integer >= 1, in words. Longer texts are rejected.
            seed: Integer or `None`.

        Returns:
            List of strings, words divided by spaces.

        Raises:
            ValueError: If nearly all texts are longer than `max_length`.
        """
        random = np.random.default_rng(seed)
        texts = []
        for _ in range(num_samples * MAX_ATTEMPTS):
            words = self._derive(random, max_length)
            if words is not None:
                texts.append(" ".join(words))
            if len(texts) == num_samples:
                return texts
        raise ValueError(
            f"Expected a grammar with texts of at most {max_length} words. Received: "
            f"one of which {len(texts)} of {num_samples * MAX_ATTEMPTS} are."
        )

    def _derive(self, random, max_length):
        """Returns the words of one derivation, `None` if there are too many."""
        words, pending = [], [self.start]
        # A symbol yields at least one word; rules may replace it by one symbol.
        for _ in range(10 * max_length):
            if len(words) + len(pending) > max_length:
                return None
            symbol = pending.pop()
            if symbol in self._productions:
                productions = self._productions[symbol]
                pending += reversed(productions[random.integers(len(productions))])
            else:
                words.append(symbol)
            if not pending:
                return words
        return None

    def accepts(self, texts):
        """Returns whether texts belong to the language.

        Args:
            texts: Sequence of strings, words divided by spaces.

        Returns:
            Bool array `(num_texts,)`.
        """
        rows = [text.split() for text in texts]
        width = max([len(row) for row in rows] + [1])
        numbers = {word: index for index, word in enumerate(self.terminals)}
        words = np.full((len(rows), width), len(self.terminals), "int32")
        for row, filled in zip(rows, words, strict=True):
            filled[: len(row)] = [numbers.get(w, len(self.terminals)) for w in row]
        lengths = np.array([len(row) for row in rows], "int32")
        return self.recognized(tf.constant(words), tf.constant(lengths)).numpy()

    def recognized(self, words, lengths):
        """The in-graph form of `accepts`, of word numbers.

        The algorithm of Cocke, Younger and Kasami, for all texts and all spans of one
        length at once.

        Args:
            words: Int32 tensor `(batch, length)`, `length` known: indices in
                `terminals`, or `len(terminals)` for any other word.
            lengths: Int32 tensor `(batch,)`, words of each text; 0 is not recognised.

        Returns:
            Bool tensor `(batch,)`.
        """
        of_words, of_pairs, start = self._normal_form
        num_symbols = of_words.shape[1]
        pairs = of_pairs.reshape(num_symbols**2, num_symbols)
        width = words.shape[1]
        padded = np.concatenate([of_words, np.zeros_like(of_words[:1])])
        spans = tf.gather(padded, words)
        # `begins[:, i, k]` has the symbols of the span of k + 1 words that begins with
        # word i, `ends[:, i, k]` those of the one that ends with it.
        begins = ends = spans[:, :, tf.newaxis]
        for size in range(2, width + 1):
            left = begins[:, : width - size + 1]
            right = tf.reverse(ends[:, size - 1 :], axis=[2])
            both = tf.einsum("nikl,nikr->nilr", left, right)
            both = tf.reshape(both, (-1, width - size + 1, num_symbols**2))
            spans = tf.cast(tf.tensordot(both, pairs, 1) > 0.5, tf.float32)
            spans = spans[:, :, tf.newaxis]
            rest = ((0, 0), (0, size - 1), (0, 0), (0, 0))
            begins = tf.concat([begins, tf.pad(spans, rest)], axis=2)
            rest = ((0, 0), (size - 1, 0), (0, 0), (0, 0))
            ends = tf.concat([ends, tf.pad(spans, rest)], axis=2)
        whole = begins[:, 0, :, start]
        places = tf.maximum(lengths - 1, 0)
        return (lengths > 0) & (tf.gather(whole, places, batch_dims=1) > 0.5)

    def get_config(self):
        return {"rules": self.rules, "start": self.start}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
