import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import CategoricalQNetwork
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    OBSERVATION,
    dqn_experience,
    mlp,
    observations,
    tf_agents,
    train_function,
)
from tests.networks import differ, values


def atoms(actions=4, count=5):
    reshape = keras.layers.Reshape((actions, count))
    return keras.Sequential([mlp(actions * count), reshape])


def test_logits_over_atoms():
    model = atoms()
    network = CategoricalQNetwork(model, OBSERVATION, DISCRETE)
    assert network.num_atoms == 5 and network.copy().num_atoms == 5
    np.testing.assert_allclose(network(observations())[0], model(observations()))
    assert network(observations(time=2))[0].shape == (8, 2, 4, 5)


def test_agent_trains():
    model = atoms()
    agent = tf_agents.agents.CategoricalDqnAgent(
        tf_agents.trajectories.time_step_spec(OBSERVATION),
        DISCRETE,
        categorical_q_network=CategoricalQNetwork(model, OBSERVATION, DISCRETE),
        optimizer=KerasOptimizer(keras.optimizers.Adam(), model.trainable_variables),
        train_step_counter=tf.Variable(0, dtype=tf.int64),
    )
    agent.initialize()
    before = values(model)
    loss = train_function(agent)(dqn_experience(agent)).loss
    assert np.isfinite(loss) and differ(before, values(model))


@pytest.mark.parametrize(
    "model, spec, message",
    [
        (lambda: mlp(4), DISCRETE, r"\(batch, 4, 51\).*\(batch, 4\).*num_atoms"),
        (lambda: atoms(3), DISCRETE, r"\(batch, 4, 5\).*Received: \(batch, 3, 5\)"),
        (atoms, CONTINUOUS, "discrete actions"),
    ],
)
def test_actions_that_do_not_fit(model, spec, message):
    with pytest.raises(ValueError, match=f"`CategoricalQNetwork` expected .*{message}"):
        CategoricalQNetwork(model(), OBSERVATION, spec)
