import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import masked_mean, masked_sum
from keras_rlgen.losses.masked_reductions import num_elements

VALUES = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])


def test_sums_and_means_in_numpy():
    sums = [
        sum(v for v, m in zip(*rows, strict=True) if m)
        for rows in zip(VALUES, MASK, strict=True)
    ]
    for mask in (MASK, MASK.astype(bool), MASK.astype("float32")):
        np.testing.assert_allclose(masked_sum(VALUES, mask), sums, rtol=1e-6)
        assert float(num_elements(VALUES, mask)) == 4.0
        # Of all four elements that count, not of the samples' own means.
        assert float(masked_mean(VALUES, mask)) == pytest.approx(sum(sums) / 4.0)


def test_without_a_mask_all_elements_count():
    np.testing.assert_allclose(masked_sum(VALUES), VALUES.sum(axis=1), rtol=1e-6)
    assert float(masked_mean(VALUES)) == pytest.approx(VALUES.mean(), rel=1e-5)
    assert float(num_elements(VALUES)) == 12.0


def test_values_of_whole_samples_stay_as_they_are():
    np.testing.assert_array_equal(masked_sum(VALUES[:, 0]), VALUES[:, 0])
    mean = tf.reduce_mean(tf.constant(VALUES[:, 0]))
    assert float(masked_mean(VALUES[:, 0])) == float(mean)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("reduction", [masked_sum, masked_mean])
@pytest.mark.parametrize("junk", [1e30, np.inf, np.nan])
def test_padding_has_no_influence(reduction, junk, jit_compile):
    values = tf.constant(np.where(MASK, VALUES, junk), tf.float32)

    @tf.function(jit_compile=jit_compile)
    def value_and_gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            total = tf.reduce_sum(reduction(values, MASK))
        return total, tape.gradient(total, values)

    total, gradient = value_and_gradient(values)
    clean, _ = value_and_gradient(tf.constant(VALUES))
    assert float(total) == float(clean)
    share = 1.0 if reduction is masked_sum else 0.25
    np.testing.assert_allclose(gradient, share * MASK)


def test_the_mean_of_no_element_is_zero():
    assert float(masked_mean(VALUES, np.zeros_like(MASK))) == 0.0


def test_masks_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"a mask of \(3, 3\) and values of \(3, 4\)"):
        masked_sum(VALUES, MASK[:, :3])
    with pytest.raises(ValueError, match=r"Values of whole samples.* take no mask"):
        masked_mean(VALUES[:, 0], MASK)


def test_values_of_another_rank_are_refused():
    with pytest.raises(ValueError, match=r"Received: \(3, 2, 2\)"):
        masked_sum(VALUES.reshape(3, 2, 2))
