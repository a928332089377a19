import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.stateless_random import (
    gumbel,
    integers,
    uniform,
    validated_seed,
)


@pytest.mark.parametrize("seed", [(3, 4), (-180254357, -1901470197)])
def test_numbers_do_not_depend_on_compilation(seed):
    def draw(seed):
        numbers = uniform((1000, 2), seed, np.float32([-1.0, 2.0]), 3.0)
        return numbers, integers((1000,), seed, 5)

    eager_numbers, eager_integers = draw(seed)
    for jit_compile in (False, True):
        compiled = tf.function(draw, jit_compile=jit_compile)(tf.constant(seed))
        np.testing.assert_allclose(compiled[0], eager_numbers, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(compiled[1], eager_integers)


def test_numbers_are_uniform():
    numbers = uniform((4000, 2), (0, 1), np.float32([-1.0, 2.0]), 3.0).numpy()
    assert np.all((numbers >= [-1.0, 2.0]) & (numbers <= 3.0))
    np.testing.assert_allclose(numbers.mean(axis=0), [1.0, 2.5], atol=0.1)
    np.testing.assert_allclose(numbers.std(axis=0), [4, 1] / np.sqrt(12), rtol=0.05)
    counts = np.bincount(integers((4000,), (0, 1), 4))
    np.testing.assert_allclose(counts / 4000, 0.25, atol=0.03)


def test_seeds_give_different_numbers():
    first, second = (uniform((5,), (0, seed), 0.0, 1.0).numpy() for seed in (1, 2))
    assert not np.any(first == second)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32"])
def test_seeds_of_any_integers(dtype):
    seed = validated_seed(np.array([2**31 - 1, 5], dtype))
    assert seed.dtype == tf.int32 and seed.numpy().tolist() == [2**31 - 1, 5]
    assert validated_seed((-1, -2)).numpy().tolist() == [2**31 - 1, 2**31 - 2]


@pytest.mark.parametrize("seed", [3, (1, 2, 3), ((0, 1), (0, 2))])
def test_bad_seeds(seed):
    with pytest.raises(ValueError, match=r"Expected `seed` of shape \(2,\)") as error:
        validated_seed(seed)
    assert f"Received: shape {np.shape(seed)}" in str(error.value)


def test_gumbel_samples_categories():
    logits = np.log([0.2, 0.5, 0.3])
    noise = gumbel((20_000, 3), (0, 1))
    chosen = np.argmax(logits + noise, axis=1)
    np.testing.assert_allclose(np.bincount(chosen) / 20_000, np.exp(logits), atol=0.015)
