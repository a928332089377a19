import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.random_streams import stream_key, stream_seed


@pytest.mark.parametrize("step", [0, 5, 2**31 + 5, tf.constant(7, tf.int64)])
def test_seeds_are_never_negative_and_the_same_under_xla(step):
    seed = stream_seed(3, "policy", step)
    compiled = tf.function(lambda s: stream_seed(3, "policy", s), jit_compile=True)
    np.testing.assert_array_equal(compiled(tf.cast(step, tf.int64)), seed)
    assert seed.shape == (2,) and seed.dtype == tf.int32
    assert np.all(seed.numpy() >= 0)


def test_all_that_should_differ_does():
    names = [(0, "a"), (1, "a"), (0, "b"), (0, 1), (10, "/1"), (1, "0/1")]
    names = dict.fromkeys(names)
    assert len({stream_key(*name) for name in names}) == len(names)
    seeds = {tuple(stream_seed(0, "a", step).numpy()) for step in range(50)}
    assert len(seeds) == 50
