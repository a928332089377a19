"""Converts grammars to Chomsky's normal form."""

import numpy as np


def normal_form(productions, start, terminals):
    """Converts a context-free grammar to Chomsky's normal form, as arrays.

    Every symbol then yields one word, or two symbols.

    Args:
        productions: Dict from nonterminal symbols to lists of tuples of symbols, none
            empty.
        start: The symbol to begin with.
        terminals: Sequence of the words.

    Returns:
        A tuple: float32 array `(num_terminals, num_symbols)`, 1 where a symbol yields a
        word; float32 array `(num_symbols, num_symbols, num_symbols)`, 1 at `[b, c, a]`
        where symbol a yields b and c; the index of `start`.

    Example:

    >>> rules = {"S": [("a", "S"), ("b",)]}
    >>> of_words, of_pairs, start = normal_form(rules, "S", ("a", "b"))
    >>> of_words[:, start].tolist(), int(of_pairs.sum())
    ([0.0, 1.0], 1)
    """
    symbols = {symbol: index for index, symbol in enumerate(productions)}
    words = {word: index for index, word in enumerate(terminals)}
    yields_word, yields_pair, yields_one = set(), set(), set()

    def number(key):
        return symbols.setdefault(key, len(symbols))

    def of_symbol(symbol):
        """Returns the number of a symbol, of a new one for a word."""
        if symbol in productions:
            return number(symbol)
        index = number(("word", symbol))
        yields_word.add((index, words[symbol]))
        return index

    for left, rights in productions.items():
        for right in rights:
            if len(right) == 1:
                if right[0] in productions:
                    yields_one.add((number(left), number(right[0])))
                else:
                    yields_word.add((number(left), words[right[0]]))
                continue
            # One new symbol for each rest of a longer production.
            current = number(left)
            for place in range(len(right) - 2):
                rest = number(("rest", right[place + 1 :]))
                yields_pair.add((current, of_symbol(right[place]), rest))
                current = rest
            yields_pair.add((current, of_symbol(right[-2]), of_symbol(right[-1])))
    count = len(symbols)
    # What a symbol yields through others, one at a time.
    closure = np.eye(count, dtype=bool)
    for upper, lower in yields_one:
        closure[upper, lower] = True
    for middle in range(count):
        closure |= np.outer(closure[:, middle], closure[middle])
    of_words = np.zeros((len(words), count), "float32")
    of_pairs = np.zeros((count, count, count), "float32")
    for symbol, word in yields_word:
        of_words[word, closure[:, symbol]] = 1.0
    for symbol, left, right in yields_pair:
        of_pairs[left, right, closure[:, symbol]] = 1.0
    return of_words, of_pairs, symbols[start]
