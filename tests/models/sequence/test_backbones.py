"""Tests of the backbones, which share one protocol."""

import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import PrefixBackbone, RecurrentBackbone, TransformerBackbone
from keras_rlgen.models.sequence import (
    prefix_backbone,
    recurrent_backbone,
    transformer_backbone,
)

LENGTH = 6


def convolutions(length=None, causal=True, rows=6):
    return keras.Sequential(
        [
            keras.Input((length,), dtype="int32"),
            keras.layers.Embedding(rows, 4),
            keras.layers.Conv1D(8, 3, padding="causal" if causal else "same"),
            keras.layers.Dense(5),
        ]
    )


BACKBONES = {
    "lstm": lambda: RecurrentBackbone(5, units=4, num_layers=2, embedding_dim=3),
    "gru": lambda: RecurrentBackbone(5, units=4, cell="gru", period=3),
    "lstm of voices": lambda: RecurrentBackbone(5, units=4, voices=2),
    "transformer": lambda: TransformerBackbone(5, LENGTH, 8, 2, 2, period=2),
    "transformer of voices": lambda: TransformerBackbone(5, LENGTH, 8, 1, 2, voices=2),
    "prefix": lambda: PrefixBackbone(convolutions(), LENGTH),
    "prefix of fixed length": lambda: PrefixBackbone(convolutions(LENGTH)),
}


@pytest.mark.parametrize(
    "module", [prefix_backbone, recurrent_backbone, transformer_backbone]
)
def test_examples(module):
    names = {
        "tf": tf,
        "keras": keras,
        "PrefixBackbone": PrefixBackbone,
        "RecurrentBackbone": RecurrentBackbone,
        "TransformerBackbone": TransformerBackbone,
    }
    assert doctest.testmod(module, extraglobs=names).failed == 0


@pytest.mark.parametrize("name", BACKBONES)
def test_steps_equal_the_full_forward_pass(name):
    backbone = BACKBONES[name]()
    voices = () if backbone.voices is None else (backbone.voices,)
    # The start token, 5, comes first.
    tokens = np.random.default_rng(0).integers(0, 5, (3, LENGTH, *voices))
    tokens[:, 0] = 5
    full = backbone(tf.constant(tokens, tf.int32), training=False)
    assert full.shape == (3, LENGTH, *voices, 5)
    assert full.dtype == "float32"
    state = backbone.start(3)
    for index in range(LENGTH):
        logits, state = backbone.step(tf.constant(tokens[:, index], tf.int32), state)
        np.testing.assert_allclose(logits, full[:, index], rtol=1e-5, atol=5e-6)
    assert all(x.shape[0] == 3 for x in tf.nest.flatten(state))


@pytest.mark.parametrize("name", BACKBONES)
def test_configuration_round_trip(name):
    backbone = BACKBONES[name]()
    config = keras.saving.serialize_keras_object(backbone)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == backbone.get_config()
    again.set_weights(backbone.get_weights())
    voices = () if backbone.voices is None else (backbone.voices,)
    tokens = tf.ones((1, LENGTH, *voices), tf.int32)
    np.testing.assert_array_equal(again(tokens), backbone(tokens))


@pytest.mark.parametrize("make", [RecurrentBackbone, TransformerBackbone])
def test_dropout_is_off_in_steps_and_in_inference(make):
    sizes = {"max_length": 4, "width": 8} if make is TransformerBackbone else {}
    backbone = make(5, **sizes, dropout=0.5)
    tokens = tf.ones((1, 4), tf.int32)
    np.testing.assert_array_equal(backbone(tokens), backbone(tokens, training=False))
    assert np.abs(backbone(tokens, training=True) - backbone(tokens)).max() > 1e-3


def test_mixed_precision():
    backbone = TransformerBackbone(5, 4, width=8, dtype="mixed_bfloat16")
    assert backbone(tf.ones((1, 4), tf.int32)).dtype == "float32"
    state = backbone.start(1)
    assert state["caches"][0][0].dtype == "bfloat16"
    logits, _ = backbone.step(tf.ones((1,), tf.int32), state)
    assert logits.dtype == "float32"


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match="one of \\['gru', 'lstm'\\]. Received: 'rnn'"):
        RecurrentBackbone(5, cell="rnn")
    with pytest.raises(ValueError, match="`units` to be a positive integer"):
        RecurrentBackbone(5, units=0)
    with pytest.raises(ValueError, match="`num_layers` to be a positive integer"):
        TransformerBackbone(5, 4, num_layers=0)
    with pytest.raises(ValueError, match="that divides `width`"):
        TransformerBackbone(5, 4, width=8, num_heads=3)
    with pytest.raises(ValueError, match="max_length=4 tokens.*Received: 5"):
        TransformerBackbone(5, 4, width=8)(tf.ones((1, 5), tf.int32))


def test_networks_that_are_no_backbone():
    with pytest.raises(ValueError, match="Those before position . change"):
        PrefixBackbone(convolutions(causal=False), LENGTH)
    with pytest.raises(ValueError, match="`max_length` to be a positive integer"):
        PrefixBackbone(convolutions())
    with pytest.raises(ValueError, match="`max_length` of 6, the length"):
        PrefixBackbone(convolutions(LENGTH), 7)
    with pytest.raises(ValueError, match="from tokens .batch, steps. to logits"):
        PrefixBackbone(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
