import numpy as np
import tensorflow as tf

from keras_rlgen.environments.uniform import uniform


def test_draws_do_not_depend_on_compilation():
    def draw(seed):
        return uniform((1000, 2), seed, np.float32([-1.0, 2.0]), 3.0)

    seed = tf.constant([3, 4])
    eager = draw(seed).numpy()
    for jit_compile in (False, True):
        compiled = tf.function(draw, jit_compile=jit_compile)(seed)
        np.testing.assert_allclose(compiled, eager, rtol=1e-6, atol=1e-6)
    assert np.all((eager >= [-1.0, 2.0]) & (eager <= 3.0))
    np.testing.assert_allclose(eager.mean(axis=0), [1.0, 2.5], atol=0.15)


def test_seeds_give_different_draws():
    first, second = (uniform((5,), (0, seed), 0.0, 1.0).numpy() for seed in (1, 2))
    assert not np.any(first == second)
