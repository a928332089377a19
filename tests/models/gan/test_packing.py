import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.gan.packing import pack


def test_one_sample_a_pack_is_no_packing():
    samples = tf.random.stateless_normal((3, 2), [0, 0])
    assert pack(samples, 1) is samples


def test_the_first_samples_of_all_packs_come_first():
    images = np.arange(6 * 2 * 2 * 1, dtype="float32").reshape(6, 2, 2, 1)
    packed = pack(tf.constant(images), 3)
    assert packed.shape == (2, 2, 2, 3)
    for i in range(2):
        for member in range(3):
            np.testing.assert_array_equal(
                packed[i, :, :, member], images[i + 2 * member, :, :, 0]
            )


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    "batch, packing, expected",
    [
        (4, 2, [[0, 2], [1, 3]]),
        (5, 2, [[0, 3], [1, 4], [2, 0]]),
        (2, 3, [[0, 1, 0]]),
        (1, 3, [[0, 0, 0]]),
    ],
)
def test_what_does_not_divide_is_filled_up(batch, packing, expected, jit_compile):
    packed = tf.function(pack, jit_compile=jit_compile)(
        tf.range(batch, dtype=tf.float32)[:, tf.newaxis], packing
    )
    np.testing.assert_array_equal(packed, expected)


def test_gradients_reach_each_sample():
    samples = tf.constant([[1.0], [2.0], [3.0]])
    with tf.GradientTape() as tape:
        tape.watch(samples)
        total = tf.reduce_sum(pack(samples, 2) * [[1.0, 10.0], [100.0, 1000.0]])
    # The first sample also fills the last pack.
    np.testing.assert_array_equal(
        tf.convert_to_tensor(tape.gradient(total, samples)), [[1001.0], [100.0], [10.0]]
    )
