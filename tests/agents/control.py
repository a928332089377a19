"""Small SAC agents that their tests share."""

import keras
import tensorflow as tf

from keras_rlgen.agents import SAC
from keras_rlgen.environments import ContinuousAction, Pendulum, TensorEnvironment
from tests.agents.toys import mlp
from tests.networks import dense

layers = keras.layers


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class Aim(TensorEnvironment):
    """One action an episode: the closer to what is seen, the better."""

    def __init__(self):
        super().__init__((1,), ContinuousAction([0.0], [10.0]), max_episode_steps=1)

    def initial_state(self, seed, num_environments):
        aims = tf.random.stateless_uniform(
            (num_environments,), seed, maxval=3, dtype=tf.int32
        )
        return tf.cast(aims, tf.float32) - 1.0

    def transition(self, inner_state, action, seed):
        error = action[:, 0] - 5.0 - 3.0 * inner_state
        return inner_state, -tf.square(error / 5.0), tf.ones_like(error, tf.bool)

    def observation(self, inner_state):
        return inner_state[:, tf.newaxis]

    def get_config(self):
        return {}


def critic_model(observation_size, action_size, units=8, seed=5):
    inputs = [layers.Input((observation_size,)), layers.Input((action_size,))]
    x = layers.Concatenate()(inputs)
    hidden = dense(units, "tanh", seed=seed)(x)
    return keras.Model(inputs, dense(1, seed=seed + 1)(hidden))


def pendulum_agent(compiled=True, **kwargs):
    """Returns an agent of short episodes, all of which are truncated."""
    options = {
        "environment": Pendulum(7),
        "num_environments": 3,
        "batch_size": 5,
        "warm_up_steps": 24,
        "replay_capacity": 90,
        "collect_steps": 4,
        "updates_per_step": 0.25,
        "seed": 0,
    }
    agent = SAC(mlp(2), critic_model(3, 1), **{**options, **kwargs})
    return compile_agent(agent) if compiled else agent


def compile_agent(agent):
    """Compiles an agent to run op by op: graphs take seconds to make."""
    agent.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return agent
