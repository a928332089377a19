import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import ValueNetwork
from tests.agents.toys import CONTINUOUS, OBSERVATION, mlp, observations


def test_one_value_for_each_observation():
    model = mlp(1)
    network = ValueNetwork(model, OBSERVATION)
    assert network.create_variables() == tf.TensorSpec((), tf.float32)
    expected = model(observations())[:, 0]
    np.testing.assert_allclose(network(observations())[0], expected)
    assert network(observations(time=5))[0].shape == (8, 5)
    flat = keras.Sequential([model, keras.layers.Reshape(())])
    values, _ = ValueNetwork(flat, OBSERVATION)(observations())
    np.testing.assert_allclose(values, expected)


def test_value_of_an_observation_and_an_action():
    inputs = [keras.Input((3,)), keras.Input((2,))]
    output = keras.layers.Dense(1)(keras.layers.Concatenate()(inputs))
    model = keras.Model(inputs, output)
    network = ValueNetwork(model, (OBSERVATION, CONTINUOUS))
    x, actions = observations(), observations(size=2)
    np.testing.assert_allclose(
        network((x, actions))[0], model([x, actions])[:, 0], rtol=1e-6
    )


def test_output_that_does_not_fit():
    message = r"`ValueNetwork` .* \(batch, 1\).*Received: \(batch, 2\) .*1 unit"
    with pytest.raises(ValueError, match=message):
        ValueNetwork(mlp(2), OBSERVATION)
