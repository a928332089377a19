"""Tests of the small parts that backbones and generators are made of."""

import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.sequence import token_embedding, token_logits, valid_steps
from keras_rlgen.models.sequence.token_embedding import TokenEmbedding
from keras_rlgen.models.sequence.token_logits import TokenLogits


@pytest.mark.parametrize("module", [token_embedding, token_logits, valid_steps])
def test_examples(module):
    names = {
        "tf": tf,
        "TokenEmbedding": TokenEmbedding,
        "TokenLogits": TokenLogits,
        "valid_steps": valid_steps.valid_steps,
    }
    assert doctest.testmod(module, extraglobs=names).failed == 0


def test_embeddings_of_voices_are_added():
    embedding = TokenEmbedding(3, dim=2, voices=2, period=2)
    table, places = (w.numpy() for w in (embedding.table, embedding.places))
    tokens = np.int32([[[0, 3], [2, 1]]])
    embedded = embedding(tokens, np.int32([0, 1]))
    # The rows of the second voice follow the four of the first.
    expected = [
        table[0] + table[4 + 3] + places[0],
        table[2] + table[4 + 1] + places[1],
    ]
    np.testing.assert_allclose(embedded[0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        TokenEmbedding(5, 4, voices=3, period=2, name="embedding"),
        TokenLogits(5, 4, voices=3, name="logits"),
    ],
)
def test_configuration_round_trip(layer):
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == layer.get_config()
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]


@pytest.mark.parametrize(
    "arguments",
    [
        {"vocabulary_size": 1, "dim": 4},
        {"vocabulary_size": 5, "dim": 0},
        {"vocabulary_size": 5, "dim": 4, "voices": 0},
        {"vocabulary_size": 5, "dim": 4, "period": 1.5},
    ],
)
def test_sizes_out_of_range(arguments):
    with pytest.raises(ValueError, match="to be an integer >= "):
        TokenEmbedding(**arguments)
