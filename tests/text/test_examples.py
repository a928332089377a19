import doctest
import importlib

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text


@pytest.mark.parametrize(
    "module",
    [
        "character_tokenizer",
        "context_free_grammar",
        "corpora",
        "decoded_text",
        "grammar",
        "keywords",
        "length",
        "n_gram_hashes",
        "n_gram_precision",
        "normal_form",
        "repetition",
        "tokenizer",
        "vocabulary_tokenizer",
        "word_tokenizer",
    ],
)
def test_examples_in_docstrings_run(module):
    module = importlib.import_module(f"keras_rlgen.text.{module}")
    names = {"np": np, "tf": tf, **{name: getattr(text, name) for name in text.__all__}}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
