import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import SAC, ActorCritic, CategoricalDQN, Reinforce, Sarsa
from keras_rlgen.agents.networks.default_networks import network_or_default
from keras_rlgen.environments import CartPole, Pendulum
from tests.agents.toys import MULTI_DISCRETE


def test_a_model_is_taken_as_it_is():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert network_or_default(model, "actor", tf.TensorSpec((3,)), []) is model


@pytest.mark.parametrize(("size", "convolutions"), [(8, 2), (40, 3)])
def test_convolutions_for_images_beside_vectors(size, convolutions):
    spec = {
        "image": tf.TensorSpec((size, size, 3), tf.uint8, "image"),
        "speed": tf.TensorSpec((2,), tf.float32, "speed"),
    }
    outputs = [keras.layers.Dense(4)]
    model = network_or_default("cnn", "q_network", spec, outputs, seed=0)
    batch = {"image": np.zeros((5, size, size, 3), np.uint8), "speed": np.ones((5, 2))}
    assert model(batch).shape == (5, 4)
    kinds = [type(layer) for layer in model.layers]
    assert kinds.count(keras.layers.Conv2D) == convolutions
    assert keras.layers.Rescaling in kinds


def test_tuples():
    spec = tf.TensorSpec((2,), name="a"), tf.TensorSpec((3,), name="b")
    model = network_or_default("mlp", "critic", spec, [keras.layers.Dense(1)])
    assert [x.shape for x in model.inputs] == [(None, 2), (None, 3)]


@pytest.mark.parametrize(
    ("name", "message"),
    [("lstm", r"one of \['mlp', 'cnn'\]. Received: 'lstm'"), ("cnn", "with an image")],
)
def test_names_that_do_not_fit(name, message):
    with pytest.raises(ValueError, match=message):
        network_or_default(name, "actor", tf.TensorSpec((3,)), [])


def test_every_agent_takes_a_name():
    cart_pole, pendulum = CartPole(), Pendulum()
    atoms = CategoricalDQN("mlp", environment=cart_pole).q_network
    assert atoms.output_shape == (None, 2, 51)
    assert Sarsa("mlp", environment=cart_pole).q_network.output_shape == (None, 2)
    agent = ActorCritic("mlp", environment=pendulum)
    assert agent.actor.output_shape == (None, 2)
    assert agent.critic.output_shape == (None, 1)
    assert Reinforce("mlp", environment=cart_pole).critic is None
    agent = SAC("mlp", environment=pendulum)
    assert agent.actor.output_shape == (None, 2)
    assert agent.critic([np.zeros((4, 3)), np.zeros((4, 1))]).shape == (4, 1)
    with pytest.raises(ValueError, match="`SAC` expected a `critic`"):
        SAC(agent.actor, environment=pendulum)


def test_actions_of_several_parts():
    from keras_rlgen.agents.networks.default_networks import policy_outputs

    outputs = policy_outputs(MULTI_DISCRETE)
    model = network_or_default("mlp", "actor", tf.TensorSpec((3,)), outputs)
    assert model.output_shape == (None, 2, 3)
