import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import masked_network
from keras_rlgen.models.autoregressive import masked_network as module


@pytest.mark.parametrize("condition_dim", [None, 2])
def test_gradients_reach_exactly_the_numbers_before(condition_dim):
    network = masked_network(4, condition_dim, num_components=1, units=16, seed=0)
    samples = tf.constant(np.random.default_rng(0).normal(size=(1, 4)), tf.float32)
    inputs = samples if condition_dim is None else [samples, tf.ones((1, 2))]
    with tf.GradientTape() as tape:
        tape.watch(samples)
        outputs = tf.reduce_sum(network(inputs)[0], axis=(1, 2))
    jacobian = tape.jacobian(outputs, samples)[:, 0].numpy()
    np.testing.assert_array_equal(jacobian != 0.0, np.tri(4, k=-1, dtype=bool))


def test_the_first_number_depends_on_the_condition():
    network = masked_network(2, 3, units=8, seed=0)
    one, other = (network([tf.zeros((1, 2)), tf.fill((1, 3), x)]) for x in (0.0, 1.0))
    assert (one[0, 0] != other[0, 0]).numpy().any()


@pytest.mark.parametrize(
    "sizes, message",
    [
        ({"dim": 0}, "`dim` >= 1"),
        ({"dim": 3, "condition_dim": 0}, "`condition_dim` >= 1"),
        ({"dim": 3, "num_components": 0}, "`num_components` >= 1"),
        ({"dim": 3, "units": 2}, "`units` >= dim = 3"),
    ],
)
def test_sizes_out_of_range(sizes, message):
    with pytest.raises(ValueError, match=message):
        masked_network(**sizes)


def test_examples():
    assert doctest.testmod(module).failed == 0
