"""Small specs, models, agents and experience that the tests of agents share."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import (
    CategoricalNetwork,
    FreeScale,
    NormalNetwork,
    QNetwork,
    ValueNetwork,
)
from tests.networks import dense

layers = keras.layers
BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec
trajectories = tf_agents.trajectories
StepType = trajectories.StepType

OBSERVATION = tf.TensorSpec((3,), tf.float32)
DISCRETE = BoundedTensorSpec((), tf.int64, 0, 3)
MULTI_DISCRETE = BoundedTensorSpec((2,), tf.int32, 0, 2)
CONTINUOUS = BoundedTensorSpec((2,), tf.float32, [-1.0, 0.0], [1.0, 4.0])


def mlp(outputs, inputs=3, units=8, seed=0):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            dense(units, "tanh", seed=seed),
            dense(outputs, seed=seed + 1),
        ]
    )


def functional(outputs, inputs=3):
    x = layers.Input((inputs,))
    return keras.Model(x, dense(outputs)(dense(8, "tanh", seed=1)(x)))


class Subclassed(keras.Model):
    """Makes its layers when it is called first, as many do."""

    def __init__(self, outputs, **kwargs):
        super().__init__(**kwargs)
        self.outputs_ = outputs
        self.hidden = layers.Dense(8, "tanh")
        self.last = layers.Dense(outputs)

    def call(self, inputs):
        return self.last(self.hidden(inputs))

    def get_config(self):
        return {**super().get_config(), "outputs": self.outputs_}


def subclassed(outputs, inputs=3):
    model = Subclassed(outputs)
    model(np.zeros((1, inputs)))
    return model


def recurrent(outputs, inputs=3, units=8, seed=0):
    """Returns a model that carries one state, of a gated recurrent unit."""
    x, state = layers.Input((inputs,)), layers.Input((units,))
    initializer = keras.initializers.GlorotUniform(seed)
    cell = layers.GRUCell(
        units, kernel_initializer=initializer, recurrent_initializer=initializer
    )
    hidden, states = cell(x, [state])
    return keras.Model([x, state], [dense(outputs, seed=seed + 1)(hidden), *states])


def with_free_scale(model, initial_scale=1.0):
    model.add(FreeScale(initial_scale))
    return model


def dqn_agent(model, action_spec=DISCRETE, observation_spec=OBSERVATION, **kwargs):
    agent = tf_agents.agents.dqn.dqn_agent.DdqnAgent(
        trajectories.time_step_spec(observation_spec),
        action_spec,
        q_network=QNetwork(model, observation_spec, action_spec),
        optimizer=KerasOptimizer(
            keras.optimizers.Adam(1e-2), model.trainable_variables
        ),
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **kwargs,
    )
    agent.initialize()
    return agent


def ppo_agent(
    actor,
    critic,
    action_spec=CONTINUOUS,
    squash=False,
    agent_class=tf_agents.agents.PPOClipAgent,
    **kwargs,
):
    observation_spec = tf.TensorSpec(actor.input_shape[1:])
    if action_spec.dtype.is_integer:
        policy = CategoricalNetwork(actor, observation_spec, action_spec)
    else:
        policy = NormalNetwork(actor, observation_spec, action_spec, squash=squash)
    options = {
        "num_epochs": 1,
        "normalize_observations": False,
        "normalize_rewards": False,
        **kwargs,
    }
    agent = agent_class(
        trajectories.time_step_spec(observation_spec),
        action_spec,
        actor_net=policy,
        value_net=ValueNetwork(critic, observation_spec),
        optimizer=KerasOptimizer(
            keras.optimizers.Adam(1e-2),
            actor.trainable_variables + critic.trainable_variables,
        ),
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **options,
    )
    agent.initialize()
    return agent


def train_function(agent):
    return tf.function(agent.train, autograph=False)


def one_step_episodes(agent, observations, reward_function, actions=None):
    """Returns a trajectory of episodes that end after one action.

    Args:
        agent: The agent that acts.
        observations: Tensor `(batch, 2, ...)`; the second belongs to the terminal
            step, whose action counts for nothing.
        reward_function: Maps observations and actions to rewards `(batch,)`.
        actions: Tensor `(batch, 2, ...)`, by default those of the collect policy.
    """
    batch = observations.shape[0]
    zeros = tf.zeros((batch, 2))
    column = tf.ones((batch, 1), tf.int32)
    first, last = column * StepType.FIRST, column * StepType.LAST
    step_types = tf.concat([first, last], axis=1)
    info = ()
    if actions is None:
        steps = trajectories.TimeStep(step_types, zeros, zeros + 1, observations)
        # The policy acts on one outer dimension.
        flat = tf.nest.map_structure(
            lambda x: tf.reshape(x, (2 * batch, *x.shape[2:])), steps
        )
        actions, _, info = tf.nest.map_structure(
            lambda x: tf.reshape(x, (batch, 2, *x.shape[1:])),
            agent.collect_policy.action(flat),
        )
    rewards = reward_function(observations[:, 0], actions[:, 0])
    return trajectories.Trajectory(
        step_type=step_types,
        observation=observations,
        action=actions,
        policy_info=info,
        next_step_type=tf.concat([last, first], axis=1),
        reward=tf.stack([rewards, tf.zeros_like(rewards)], axis=1),
        discount=tf.concat([zeros[:, :1], zeros[:, 1:] + 1], axis=1),
    )


def observations(batch=8, size=3, seed=0, time=None):
    shape = (batch, size) if time is None else (batch, time, size)
    return tf.random.stateless_normal(shape, (seed, 0))


def random_actions(spec, batch=8, seed=1):
    shape = (batch, 2, *spec.shape)
    return tf.random.stateless_uniform(
        shape, (seed, 0), 0, tf.cast(spec.maximum + 1, spec.dtype), spec.dtype
    )


def sum_of_actions(observations, actions):
    actions = tf.cast(actions, tf.float32)
    return tf.reduce_sum(tf.reshape(actions, (actions.shape[0], -1)), axis=-1)


def dqn_experience(agent, batch=8):
    actions = random_actions(agent.action_spec, batch)
    return one_step_episodes(
        agent, observations(batch, time=2), sum_of_actions, actions
    )


def ppo_experience(agent, batch=8):
    return one_step_episodes(agent, observations(batch, time=2), sum_of_actions)


def greedy_actions(agent, observation):
    step = trajectories.restart(observation, len(observation))
    return agent.policy.action(step).action.numpy()
