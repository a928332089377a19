import keras
import pytest

from keras_rlgen.agents.networks.actor_and_critic import (
    actor_and_critic,
    joined,
    required_critic,
)
from tests.agents.toys import mlp

layers = keras.layers


def two_outputs():
    x = layers.Input((4,))
    hidden = layers.Dense(8)(x)
    return keras.Model(x, [layers.Dense(2)(hidden), layers.Dense(1)(hidden)])


def test_one_model_of_two_outputs_is_taken_apart_and_joined():
    model = two_outputs()
    actor, critic = actor_and_critic(model, None)
    assert actor.output_shape == (None, 2) and critic.output_shape == (None, 1)
    assert actor.layers[1] is critic.layers[1] is model.layers[1]
    joint, none = joined(actor, critic)
    assert none is None and joint.output_shape == [(None, 2), (None, 1)]
    assert joint.layers[1] is model.layers[1]


def test_models_apart_stay_as_they_are():
    actor, critic = mlp(2), mlp(1)
    assert actor_and_critic(actor, critic) == (actor, critic)
    assert joined(actor, critic) == (actor, critic)
    assert joined(actor, None) == (actor, None)
    assert actor_and_critic(actor, None) == (actor, None)


def test_shared_layers_without_shared_inputs():
    trunk = mlp(8)
    actor = keras.Sequential([layers.Input((3,)), trunk, layers.Dense(2)])
    critic = keras.Sequential([layers.Input((3,)), trunk, layers.Dense(1)])
    with pytest.raises(ValueError, match="share their inputs"):
        joined(actor, critic)


def test_a_critic_is_required():
    critic = mlp(1)
    assert required_critic(critic, "PPO") is critic
    with pytest.raises(ValueError, match="`PPO` expected a `critic`.*Received: None"):
        required_critic(None, "PPO")
