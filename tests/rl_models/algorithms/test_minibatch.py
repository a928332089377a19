import doctest

import numpy as np
import tensorflow as tf

from keras_rlgen.rl_models.algorithms import minibatch as module
from keras_rlgen.rl_models.algorithms.minibatch import minibatch

KEY = tf.constant([3, 4])


def parts(draws, count, num_epochs, num_minibatches):
    compiled = tf.function(lambda i: minibatch(draws, count, i, num_minibatches, KEY))
    return [compiled(tf.constant(i)) for i in range(num_epochs * num_minibatches)]


def test_each_epoch_has_each_draw_once_in_an_order_of_its_own():
    orders = np.reshape(parts(tf.range(12), 12, 2, 3), (2, 12))
    np.testing.assert_array_equal(np.sort(orders), [np.arange(12)] * 2)
    assert np.any(orders[0] != orders[1])


def test_all_parts_of_a_draw_stay_together():
    draws = tf.range(6), {"squares": tf.range(6) ** 2}
    for numbers, rest in parts(draws, 6, 1, 2):
        assert numbers.shape == (3,)
        np.testing.assert_array_equal(rest["squares"], numbers**2)


def test_groups_stay_together():
    orders = [
        minibatch(tf.range(12), 12, index, 2, KEY, group_size=3).numpy()
        for index in range(4)
    ]
    for order in orders:
        groups = order.reshape(2, 3)
        np.testing.assert_array_equal(groups, groups[:, :1] + np.arange(3))
        assert not np.any(groups[:, 0] % 3)
    np.testing.assert_array_equal(np.sort(np.concatenate(orders[:2])), np.arange(12))


def test_examples_in_docstrings_run():
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
