import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.world_models.sampled_rows import sampled_rows


@pytest.mark.parametrize("shape", [(7, 3), (7, 2, 2)])
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_rows_are_those_of_the_table(shape, count):
    table = np.random.default_rng(0).normal(size=shape).astype("float32")
    seen = set()
    for seed in range(40):
        rows = sampled_rows(tf.constant(table), count, (0, seed)).numpy()
        assert rows.shape == (count, *shape[1:])
        for row in rows:
            index = np.flatnonzero((table == row).reshape(7, -1).all(axis=1))
            assert len(index) == 1
            seen.add(int(index[0]))
    assert len(seen) >= 6  # Of seven rows in blocks of two, one is never taken.


def test_the_seed_decides():
    table = tf.random.stateless_normal((100, 2), (0, 1))
    one, same, other = (sampled_rows(table, 4, (0, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
