import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.text.n_gram_hashes import looked_up, n_gram_hashes, occurrences
from tests.metrics.sequences import n_grams


@pytest.mark.parametrize("order", [1, 3, 5])
def test_equal_n_grams_have_equal_hashes_and_no_others(order):
    tokens = np.random.default_rng(0).integers(0, 4, (200, 12))
    hashes = n_gram_hashes(tokens, order)
    in_graph = tf.function(n_gram_hashes, jit_compile=True)(tf.constant(tokens), order)
    np.testing.assert_array_equal(in_graph, hashes)
    distinct = set().union(*(n_grams(row, order) for row in tokens.tolist()))
    assert len(np.unique(hashes)) == len(distinct)


def test_occurrences_are_counted_in_order():
    hashes = tf.constant([[5, 5, 3, 5], [1, 2, 1, 1]], tf.int64)
    valid = tf.constant([[True, True, True, True], [True, True, True, False]])
    assert occurrences(hashes, valid).numpy().tolist() == [[1, 2, 1, 3], [1, 1, 2, 0]]


@pytest.mark.parametrize("size", [1, 2, 3, 64, 65, 1000])
def test_every_key_is_found(size):
    random = np.random.default_rng(size)
    keys = np.unique(random.integers(-(2**62), 2**62, size))
    values = np.arange(1, len(keys) + 1, dtype="int32")
    find = tf.function(looked_up, jit_compile=True)
    keys, values = tf.constant(keys), tf.constant(values)
    np.testing.assert_array_equal(find(keys, values, keys[:, None]), values[:, None])
    np.testing.assert_array_equal(looked_up(keys, values, keys + 1), 0 * values)
    outside = tf.constant([-(2**63), 2**63 - 1], tf.int64)
    assert looked_up(keys, values, outside).numpy().tolist() == [0, 0]
