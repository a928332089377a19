import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import QNetwork
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    MULTI_DISCRETE,
    OBSERVATION,
    dqn_agent,
    mlp,
    observations,
)


def test_values_of_actions():
    model = mlp(4)
    network = QNetwork(model, OBSERVATION, DISCRETE)
    assert network.create_variables() == tf.TensorSpec((4,), tf.float32)
    np.testing.assert_allclose(network(observations())[0], model(observations()))


@pytest.mark.parametrize(
    "outputs, spec, message",
    [
        (3, DISCRETE, r"shape \(batch, 4\).*4 actions. Received: \(batch, 3\) .*units"),
        (4, CONTINUOUS, "discrete actions.*Received continuous ones.*NormalNetwork"),
        (3, MULTI_DISCRETE, "one scalar action. Received.*CategoricalNetwork"),
    ],
)
def test_actions_that_do_not_fit(outputs, spec, message):
    with pytest.raises(ValueError, match=f"`QNetwork` expected .*{message}"):
        QNetwork(mlp(outputs), OBSERVATION, spec)
    with pytest.raises(ValueError, match=message):
        dqn_agent(mlp(outputs), spec)


def test_output_without_a_last_axis():
    scalar = keras.Sequential([mlp(1), keras.layers.Reshape(())])
    with pytest.raises(ValueError, match=r"\(batch, 4\).*Received: \(batch,\)"):
        QNetwork(scalar, OBSERVATION, DISCRETE)
