"""Text: tokenizers, corpora, grammars, and rewards of token sequences."""

from keras_rlgen.text.byte_pair_tokenizer import BytePairTokenizer
from keras_rlgen.text.character_tokenizer import CharacterTokenizer
from keras_rlgen.text.context_free_grammar import ContextFreeGrammar
from keras_rlgen.text.corpora import lines, read, split, windows
from keras_rlgen.text.decoded_text import DecodedText
from keras_rlgen.text.grammar import Grammar, arithmetic_grammar
from keras_rlgen.text.keywords import Keywords
from keras_rlgen.text.length import Length
from keras_rlgen.text.likelihood import Likelihood
from keras_rlgen.text.n_gram_precision import NGramPrecision
from keras_rlgen.text.repetition import Repetition
from keras_rlgen.text.token_reward import TokenReward
from keras_rlgen.text.tokenizer import Tokenizer, load_tokenizer
from keras_rlgen.text.word_tokenizer import WordTokenizer

__all__ = [
    "BytePairTokenizer",
    "CharacterTokenizer",
    "ContextFreeGrammar",
    "DecodedText",
    "Grammar",
    "Keywords",
    "Length",
    "Likelihood",
    "NGramPrecision",
    "Repetition",
    "TokenReward",
    "Tokenizer",
    "WordTokenizer",
    "arithmetic_grammar",
    "lines",
    "load_tokenizer",
    "read",
    "split",
    "windows",
]
