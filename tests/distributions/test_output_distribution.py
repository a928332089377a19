import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import distributions
from keras_rlgen.distributions import OutputDistribution

KEY = tf.constant([1, 2], tf.int32)


@keras.saving.register_keras_serializable("test_output_distribution")
class Laplace(OutputDistribution):
    """What a user would write: one method."""

    def tfp_distribution(self, parameters):
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
    assert laplace.num_discrete((2,)) is None


def test_one_method_gives_the_mean_and_one_temperature():
    laplace, parameters = Laplace(), tf.constant([[1.0, -2.0]], tf.float16)
    mean = laplace.mean(parameters)
    assert mean.dtype == tf.float32
    np.testing.assert_array_equal(mean, parameters)
    tempered = laplace.tempered(tf.cast(parameters, tf.float32), 0.1)
    assert float(tempered.distribution.scale) == 0.5


@pytest.mark.parametrize(
    "distribution, sharp, discrete",
    [
        (distributions.Bernoulli(), distributions.Bernoulli(), 6),
        (distributions.Categorical(), distributions.Categorical(), 2),
        (distributions.Normal(0.5), distributions.Normal(0.25), None),
    ],
)
def test_temperature_divides_logits_and_multiplies_scales(
    distribution, sharp, discrete
):
    parameters = tf.constant([[[0.3, -1.0, 2.0], [0.0, 1.0, -0.5]]])
    samples = tf.constant([[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]])
    same = parameters if distribution.value_range is None else 2.0 * parameters
    np.testing.assert_allclose(
        distribution.tempered(parameters, 0.5).log_prob(samples),
        sharp.tfp_distribution(same).log_prob(samples),
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        distribution.tempered(parameters, 1.0).log_prob(samples),
        distribution.tfp_distribution(parameters).log_prob(samples),
    )
    assert distribution.num_discrete((2, 3)) == discrete


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
        OutputDistribution().tfp_distribution(tf.zeros((1, 2)))
