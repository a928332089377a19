"""A reward by its configuration, which has to score alike in a graph."""

import json

import keras
import numpy as np
import tensorflow as tf


def scores(reward, tokens):
    """Returns the scores of samples; those of a restored reward are the same."""
    expected = reward(tokens).numpy()
    assert expected.dtype == np.float32 and expected.shape == (len(tokens),)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(reward)))
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.name == reward.name
    assert json.dumps(restored.get_config()) == json.dumps(reward.get_config())
    value, terms = tf.function(restored.terms)(tf.constant(tokens))
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert list(terms) == [reward.name] and not reward.keeps_state
    return expected
