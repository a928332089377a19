import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.world_models.member_batches import divided, joined


@pytest.mark.parametrize("count", [1, 3, 4, 5, 12])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_rows_go_to_members_and_back(count, jit_compile):
    x = tf.random.stateless_normal((count, 3), (0, 1))

    @tf.function(jit_compile=jit_compile)
    def there_and_back(x, seed):
        parts = divided(x, 4, seed)
        return parts, joined(parts, tf.shape(x)[0], seed)

    parts, rows = there_and_back(x, tf.constant([0, 5]))
    np.testing.assert_array_equal(rows, x)
    assert parts.shape == (4, -(-count // 4), 3)
    if count >= 4:
        for index in range(count):
            np.testing.assert_array_equal(parts[index % 4, index // 4], x[index])


def test_small_batches_ask_every_member():
    x = tf.ones((1, 1))
    asked = {
        int(np.argmax(divided(x, 4, tf.constant([0, seed]))[:, 0, 0]))
        for seed in range(30)
    }
    assert asked == {0, 1, 2, 3}
