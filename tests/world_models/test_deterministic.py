import numpy as np
import tensorflow as tf

from keras_rlgen.world_models import Deterministic


def test_config():
    dynamics = Deterministic(hidden=(3, 4), activation="tanh", name="own")
    copy = Deterministic.from_config(dynamics.get_config())
    assert copy.get_config() == dynamics.get_config()


def test_a_step_adds_the_change():
    dynamics = Deterministic(hidden=(4,))
    dynamics.connect(3, 2, seed=0)
    latent = tf.random.stateless_normal((5, 3), (0, 1))
    action = tf.random.stateless_normal((5, 2), (0, 2))
    following = dynamics.step(dynamics.start(latent), action, tf.constant([0, 1]))
    np.testing.assert_allclose(
        following, latent + dynamics.outputs(latent, action), rtol=1e-5
    )
