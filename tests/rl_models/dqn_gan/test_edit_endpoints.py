import numpy as np
import tensorflow as tf

from keras_rlgen.rl_models.dqn_gan.edit_endpoints import edit_endpoints
from tests.networks import linear
from tests.rl_models.dqn_gan.test_edit_episodes import environment


def test_endpoints_edit_along_the_given_directions():
    # The first action has the largest value everywhere.
    q_network = linear(4, 5, np.zeros((4, 5)), [1.0, 0.0, 0.0, 0.0, 0.0])
    editing = environment(targets=2)
    endpoints = edit_endpoints(editing, np.array([[0.0, 2.0], [1.0, 0.0]]), q_network)
    create, signature = endpoints["create"]
    assert [spec.name for spec in signature] == ["latents", "target"]
    edited = create(tf.zeros((1, 2)), tf.constant([0]))
    np.testing.assert_allclose(edited["latents"][0, :, 1], [0.0, 2.0, 3.0, 3.0])
    np.testing.assert_array_equal(editing.directions, np.eye(2))
    q_values, (observation,) = endpoints["q_values"]
    assert observation.shape == (None, 4) and q_values(np.zeros((2, 4))).shape == (2, 5)
