import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import OutputDistribution

KEY = tf.constant([1, 2], tf.int32)


@keras.saving.register_keras_serializable("test_output_distribution")
class Laplace(OutputDistribution):
    """What a user would write: one method."""

    def distribution(self, parameters):
        from tensorflow_probability import distributions as tfd

        return tfd.Independent(tfd.Laplace(parameters, 0.5), parameters.shape.rank - 1)


def test_one_method_makes_a_distribution():
    laplace = Laplace()
    parameters = tf.constant([[1.0, -2.0, 3.0]] * 4)
    samples = laplace(parameters, seed=KEY)
    assert samples.shape == (4, 3) and samples.dtype == tf.float32
    np.testing.assert_array_equal(samples, laplace(parameters, seed=KEY))
    assert not np.any(np.equal(samples, laplace(parameters, seed=KEY + 1)))
    np.testing.assert_array_equal(laplace.mode(parameters), parameters)


def test_half_precision_parameters_make_float32_samples():
    parameters = tf.constant([[1.0, -2.0]], tf.float16)
    assert Laplace()(parameters, seed=KEY).dtype == tf.float32
    assert Laplace().mode(parameters).dtype == tf.float32


def test_what_only_exploration_needs_does_nothing():
    laplace = Laplace()
    real = tf.constant([[0.5, 0.25]])
    np.testing.assert_array_equal(laplace.perturb(real, KEY), real)
    assert laplace.advance() is None and laplace.variables == []
    assert not laplace.exploration and not laplace.reparameterized


def test_exploration_emits_the_mode():
    laplace = Laplace()
    laplace.exploration = True
    parameters = tf.constant([[1.0, -2.0, 3.0]])
    np.testing.assert_array_equal(laplace(parameters, seed=KEY), parameters)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(Laplace(name="noise"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is Laplace and restored.name == "noise"
    assert restored.dtype == "float32"


def test_the_base_has_no_distribution():
    with pytest.raises(NotImplementedError):
        OutputDistribution().distribution(tf.zeros((1, 2)))
