import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import CausalSelfAttention, causal_self_attention


def test_examples():
    assert doctest.testmod(causal_self_attention, extraglobs={"tf": tf}).failed == 0


def test_it_equals_slow_numpy():
    layer = CausalSelfAttention(4, num_heads=2)
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    kernel, bias, output_kernel, output_bias = layer.get_weights()
    query, key, value = np.split(x @ kernel + bias, 3, axis=-1)
    joined = np.zeros_like(x)
    for head in range(2):
        part = slice(2 * head, 2 * head + 2)
        for now in range(3):
            scores = key[: now + 1, part] @ query[now, part] / np.sqrt(2.0)
            weights = np.exp(scores) / np.exp(scores).sum()
            joined[now, part] = weights @ value[: now + 1, part]
    expected = joined @ output_kernel + output_bias
    np.testing.assert_allclose(layer(x[None])[0], expected, rtol=1e-4, atol=1e-5)


def test_sequences_of_a_batch_may_be_at_other_positions():
    layer = CausalSelfAttention(4, num_heads=2)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    full = layer(x).numpy()
    one, cache = layer.step(x[:, 0], layer.empty_cache(2, 3), tf.constant([0, 0]))
    # The first sequence goes on, the second begins anew.
    x[1, 1] = x[1, 0]
    two, _ = layer.step(x[:, 1], cache, tf.constant([1, 0]))
    np.testing.assert_allclose(two[0], full[0, 1], atol=1e-6)
    np.testing.assert_allclose(two[1], one[1], atol=1e-6)


def test_configuration_round_trip():
    layer = CausalSelfAttention(6, num_heads=3, name="attention")
    config = keras.saving.serialize_keras_object(layer)
    assert keras.saving.deserialize_keras_object(config).get_config() == (
        layer.get_config()
    )


@pytest.mark.parametrize("num_heads", [0, 3, 2.0])
def test_heads_that_do_not_fit(num_heads):
    with pytest.raises(ValueError, match="that divides `width`"):
        CausalSelfAttention(4, num_heads)
