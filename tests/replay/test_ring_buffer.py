import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay.ring_buffer import RingBuffer


def rows(*numbers):
    return tf.constant(numbers, tf.float32), tf.constant(numbers, tf.int32)[:, None]


def buffer(capacity=4):
    ring = RingBuffer(capacity)
    ring.prepare(rows(0))
    return ring


@pytest.mark.parametrize("jit_compile", [False, True])
def test_it_keeps_the_last_rows(jit_compile):
    ring = buffer()
    add = tf.function(lambda *r: ring.add(r), jit_compile=jit_compile)
    for first in range(1, 20, 3):
        add(*rows(first, first + 1, first + 2))
        kept = sorted(ring.columns[0].numpy())
        expected = list(range(max(1, first - 1), first + 3))
        assert [k for k in kept if k] == expected
        np.testing.assert_array_equal(ring.columns[0], ring.columns[1][:, 0])


def test_of_more_rows_than_it_holds_the_last_are_kept():
    ring = buffer(2)
    ring.add(rows(1, 2, 3, 4, 5))
    assert sorted(ring.columns[0].numpy()) == [4.0, 5.0]


@pytest.mark.parametrize("kept", [[], [1], [1, 2, 3, 4]])
def test_draws_are_uniform_over_kept_and_fresh_rows(kept):
    ring = buffer()
    if kept:
        ring.add(rows(*kept))
    floats, integers = ring.draw(4000, rows(10, 11), tf.constant([1, 2]))
    np.testing.assert_array_equal(floats, integers[:, 0])
    found, counts = np.unique(floats, return_counts=True)
    np.testing.assert_array_equal(found, [*kept, 10, 11])
    # Within five standard deviations of binomial counts.
    share = 1 / len(found)
    bound = 5 * np.sqrt(4000 * share * (1 - share))
    assert (np.abs(counts - 4000 * share) <= bound).all()


def test_errors():
    with pytest.raises(ValueError, match="`capacity` to be a positive integer"):
        RingBuffer(0)
