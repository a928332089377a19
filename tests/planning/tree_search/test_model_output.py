import numpy as np
import tensorflow as tf

from keras_rlgen.planning.tree_search import root_output


def test_a_root_has_no_reward():
    root = root_output((tf.ones((3, 2)),), tf.zeros((3, 4)), tf.constant([1.0, 2, 3]))
    np.testing.assert_array_equal(root.reward, np.zeros(3))
    np.testing.assert_array_equal(root.discount, np.zeros(3))
    assert root.value[2] == 3.0 and root.prior_logits.shape == (3, 4)
