import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import agents
from keras_rlgen.agents.drivers.acting_worker import ActingWorker
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.drivers.policy_variables import policy_variables
from keras_rlgen.environments import CartPole
from tests.agents.toys import mlp


class Own(keras.layers.Dense):
    """A layer that Keras has not been told of."""


def make_agent(environment):
    model = keras.Sequential([keras.Input((4,)), Own(8, "tanh"), Own(2)])
    return agents.PPO(
        model,
        mlp(1, inputs=4),
        environment=environment,
        num_environments=6,
        normalize_observations=True,
        seed=0,
    )


@pytest.mark.parametrize("environment", ["CartPole-v1", CartPole()])
def test_it_acts_as_the_agent_would(environment):
    agent = make_agent(environment)
    agent.tf_agent.update_observation_normalizer(
        np.random.default_rng(0).normal(2.0, 3.0, (50, 4)).astype("float32")
    )
    variables = policy_variables(agent.collect_policy, takes_seed=True)
    values = [variable.numpy() for variable in variables]
    worker = ActingWorker(
        type(agent), agent.acting_config(), {"Own": Own}, environment, 2, seed=3
    )
    driver = make_driver(environment, 2, seed=3)
    collect = driver.collect
    if driver.in_graph:
        collect = tf.function(collect, autograph=False)
    for chunk in range(2):
        flat, _, observation = worker.collect(values, 7, 7 * chunk, (), chunk > 0)
        expected, _ = collect(
            agent.collect_policy, 7, tf.constant(7 * chunk, tf.int64), ()
        )
        for x, y in zip(flat, tf.nest.flatten(expected), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(observation, driver.observation, atol=1e-6)


def test_a_copy_that_acts_keeps_few_frames():
    agent = agents.DQN(mlp(2, inputs=4), "CartPole-v1", num_environments=4)
    config = agent.acting_config()
    assert config["environment"] is None and config["replay_capacity"] < 1100
    copy = agents.DQN.from_config(config)
    assert copy.warm_up_steps == agent.warm_up_steps
