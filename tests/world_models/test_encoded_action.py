import numpy as np
import tensorflow as tf

from keras_rlgen.environments import ContinuousAction, DiscreteAction
from keras_rlgen.world_models.encoded_action import encoded_action


def test_encoding():
    np.testing.assert_array_equal(
        encoded_action(DiscreteAction(3), tf.constant([2, 0])),
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
    )
    space = ContinuousAction([[-1.0], [0.0]], [[1.0], [4.0]])
    encoded = encoded_action(space, tf.constant([[[0.5], [3.0]], [[9.0], [0.0]]]))
    np.testing.assert_allclose(encoded, [[0.5, 0.5], [1.0, -1.0]])
