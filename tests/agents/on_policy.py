"""Small on-policy agents that their tests share."""

import keras
import tensorflow as tf

from keras_rlgen.agents import PPO, ActorCritic, Reinforce
from keras_rlgen.environments import CartPole, Pendulum
from tests.agents.rounds import collected
from tests.agents.toys import mlp, with_free_scale

AGENTS = {"PPO": PPO, "ActorCritic": ActorCritic, "Reinforce": Reinforce}


def cart_pole_agent(cls=PPO, max_episode_steps=7, compiled=True, **kwargs):
    """Returns an agent of short episodes, which terminate or are truncated."""
    options = {
        "environment": CartPole(max_episode_steps),
        "num_environments": 3,
        "steps_per_update": 12,
        "seed": 0,
    }
    if cls is PPO:
        options |= {"epochs": 1, "minibatch_size": 20}
    agent = cls(mlp(2, 4), mlp(1, 4, seed=5), **{**options, **kwargs})
    return compile_agent(agent) if compiled else agent


def pendulum_agent(cls=PPO, squash=False, **kwargs):
    actor = mlp(2) if squash else with_free_scale(mlp(1), 0.5)
    options = {
        "environment": Pendulum(10),
        "num_environments": 3,
        "steps_per_update": 12,
        "seed": 0,
    }
    agent = cls(actor, mlp(1, seed=5), squash=squash, **{**options, **kwargs})
    return compile_agent(agent)


def compile_agent(agent):
    """Compiles an agent to run op by op: graphs take seconds to make."""
    agent.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return agent


def fit(agent, steps=12, **kwargs):
    return agent.fit(steps_per_epoch=steps, verbose=0, **kwargs).history


def collect(agent):
    """Returns frames, tensors `(N, T, ...)`, and what was seen after them."""
    frames, next_observation, _ = collected(agent)
    return frames, tf.convert_to_tensor(next_observation)
