import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay import Jitter, Mixture
from tests.agents.toys import trajectories

SEED = tf.constant([1, 2])


def own(num_batches, batch_size, run_length, seed, dtype=tf.float32):
    shape = num_batches, batch_size, run_length
    x = tf.random.stateless_normal((*shape, 2), seed) * [1.0, 10.0]
    flags = tf.ones(shape)
    return trajectories.Trajectory(
        flags, tf.cast(x, dtype), flags, (), flags, 3.0 * flags, flags
    )


def test_noise_in_the_units_of_each_number():
    frames = Jitter(0.1).sample(2, 500, 3, SEED, own)
    plain = own(2, 500, 3, SEED)
    noise = (frames.observation - plain.observation).numpy()
    np.testing.assert_allclose(noise.std(axis=(0, 1, 2)), [0.1, 1.0], rtol=0.1)
    np.testing.assert_array_equal(frames.reward, plain.reward)


def test_in_a_mixture():
    frames = Mixture(Jitter(0.0), 0.5).sample(own, 2, 4, 3, SEED, tf.constant(0))
    assert frames.observation.shape == (2, 4, 3, 2)


def test_config_and_errors():
    jitter = Jitter(0.2)
    config = keras.saving.serialize_keras_object(jitter)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == jitter.get_config() == {"scale": 0.2}
    with pytest.raises(ValueError, match="`scale` >= 0"):
        Jitter(-1.0)
    with pytest.raises(ValueError, match="observations of floats. Received: dtype int"):
        Jitter().sample(1, 2, 2, SEED, lambda *x: own(*x, dtype=tf.int32))
