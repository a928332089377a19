"""Texts and tokens of the tests."""

import keras

from keras_rlgen import text

CAPTIONS = ["A red bus.", "A dog on a red bus.", "Two dogs sleep.", "A dog sleeps."]


def words():
    return text.WordTokenizer.fit(CAPTIONS)


def restored(value):
    """Returns an object made anew from its configuration."""
    config = keras.saving.serialize_keras_object(value)
    return keras.saving.deserialize_keras_object(config)
