import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.experience import ArraySpec, TransitionCodec
from keras_rlgen.models import GAN, GatedPixelCNN, PixelCNN, RealNVP, vector_flow
from tests.networks import discriminator, generator
from tests.rewards.generative import StandardNormal, restored, vae
from tests.rewards.transitions import vectors


def test_it_is_the_log_likelihood_in_nats():
    x = np.array([[0.0, 0.0], [1.0, -2.0]], "float32")
    expected = -np.log(2 * np.pi) - np.array([0.0, 2.5])
    np.testing.assert_allclose(rewards.Realism(StandardNormal())(x), expected, 1e-5)
    per_dimension = rewards.Realism(StandardNormal(), per_dimension=True)
    np.testing.assert_allclose(per_dimension(x), expected / 2.0, rtol=1e-5)


@pytest.mark.parametrize("kind", ["VAE", "RealNVP", "PixelCNN"])
def test_it_scores_with_each_family_that_has_a_likelihood(kind):
    model, shape = {
        "VAE": lambda: (vae(), (2,)),
        "RealNVP": lambda: (RealNVP(vector_flow(2, 2, 4, seed=0), (2,)), (2,)),
        "PixelCNN": lambda: (PixelCNN(GatedPixelCNN((2, 2, 1), 2, 2, 1)), (2, 2, 1)),
    }[kind]()
    if kind == "VAE":
        model.compile("sgd", num_importance_samples=2)
    reward, samples = rewards.Realism(model), tf.zeros((3, *shape))
    value = reward(samples)
    np.testing.assert_array_equal(value, reward(samples))  # a bound too
    np.testing.assert_allclose(value, model.log_prob(samples, seed=0), rtol=1e-6)
    np.testing.assert_array_equal(restored(reward)(samples), value)


def test_of_a_transition_it_is_the_next_observation():
    reward, steps = rewards.Realism(StandardNormal()), vectors()
    traced = tf.function(reward.terms)
    np.testing.assert_array_equal(traced(steps)[0], reward(steps.next_observation))
    assert not reward.keeps_state and reward.metrics == []


def test_with_a_codec_it_is_the_observation_and_the_action():
    codec = TransitionCodec(ArraySpec((2,)), ArraySpec((), "int32", 0, 1))
    reward, steps = rewards.Realism(StandardNormal(), codec), vectors()
    inputs = codec.encode_inputs(steps.observation, steps.action)
    np.testing.assert_allclose(reward(steps), reward.model.log_prob(inputs), rtol=1e-6)
    np.testing.assert_array_equal(restored(reward)(steps), reward(steps))
    with pytest.raises(TypeError, match="has a codec of transitions"):
        reward(inputs)


def test_config_round_trip():
    reward = rewards.Realism(StandardNormal(), per_dimension=True, name="likely")
    x = tf.constant([[0.3, 0.1]])
    again = restored(reward)
    assert again.per_dimension
    np.testing.assert_array_equal(again(x), reward(x))


def test_a_model_without_likelihood_is_refused():
    with pytest.raises(TypeError, match="with the method `log_prob`. Received"):
        rewards.Realism(keras.Sequential())
    gan = GAN(generator(), discriminator(), 2)
    with pytest.raises(TypeError, match="with a likelihood. Received: <GAN"):
        rewards.Realism(gan)
