import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.policies.policy_seed import policy_seed


def test_a_tensor_is_taken_as_it_is():
    np.testing.assert_array_equal(policy_seed(tf.constant([3, 4])), [3, 4])


@pytest.mark.parametrize("seed", [None, 5])
def test_what_drivers_of_tf_agents_give(seed):
    tf.random.set_seed(0)
    draws = [tuple(policy_seed(seed).numpy()) for _ in range(5)]
    assert len(set(draws)) == 5 and np.min(draws) >= 0
    tf.random.set_seed(0)
    assert draws == [tuple(policy_seed(seed).numpy()) for _ in range(5)]
