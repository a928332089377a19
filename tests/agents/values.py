"""Small agents of values that their tests share."""

import keras
import tensorflow as tf

from keras_rlgen.agents import DQN, CategoricalDQN, Sarsa
from keras_rlgen.environments import CartPole
from tests.agents.toys import mlp, trajectories

AGENTS = {"DQN": DQN, "CategoricalDQN": CategoricalDQN, "Sarsa": Sarsa}
ATOMS = 5


def logits_of_atoms(actions, inputs, seed=0):
    """Returns a model of logits over the atoms of each action."""
    model = mlp(actions * ATOMS, inputs, seed=seed)
    model.add(keras.layers.Reshape((actions, ATOMS)))
    return model


def q_model(cls, actions, inputs, seed=0):
    make = logits_of_atoms if cls is CategoricalDQN else mlp
    return make(actions, inputs, seed=seed)


def cart_pole_agent(cls, max_episode_steps=7, compiled=True, **kwargs):
    """Returns an agent of short episodes, which terminate or are truncated."""
    options = {
        "environment": CartPole(max_episode_steps),
        "num_environments": 3,
        "seed": 0,
    }
    if cls is Sarsa:
        options |= {"n_step": 1, "steps_per_update": 4}
    else:
        options |= {
            "batch_size": 5,
            "warm_up_steps": 12,
            "replay_capacity": 90,
            "collect_steps": 4,
            "updates_per_step": 0.25,
            "target_update_tau": 0.5,
            "target_update_period": 1,
        }
    agent = cls(q_model(cls, 2, 4), **{**options, **kwargs})
    return compile_agent(agent) if compiled else agent


def compile_agent(agent):
    """Compiles an agent to run op by op: graphs take seconds to make."""
    agent.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return agent


def fit(agent, steps=8, **kwargs):
    return agent.fit(steps_per_epoch=steps, verbose=0, **kwargs).history


def transition(
    observation, action, reward, discount, next_observation, is_last, info=()
):
    """Returns a `Transition` of tensors `(B, ...)`; `is_last` is of the first steps."""
    reward, discount, is_last = map(tf.constant, (reward, discount, is_last))
    step_type = tf.where(is_last, trajectories.StepType.LAST, trajectories.StepType.MID)
    zeros = tf.zeros_like(reward)
    steps = trajectories.Transition(
        trajectories.TimeStep(step_type, zeros, zeros + 1.0, observation),
        trajectories.PolicyStep(action, (), info),
        trajectories.TimeStep(
            tf.fill(step_type.shape, trajectories.StepType.MID),
            reward,
            discount,
            next_observation,
        ),
    )
    return tf.nest.map_structure(tf.convert_to_tensor, steps)
