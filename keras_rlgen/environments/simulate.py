"""Simulates episodes from given observations."""

from typing import NamedTuple

import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.environments.tensor_environment import EpisodeState
from keras_rlgen.training.stateless_random import validated_seed


class Simulation(NamedTuple):
    """`T` steps of `B` episodes, which go on after their ends."""

    observation: tf.Tensor  # (B, T + 1, *observation_shape) float32
    action: tf.Tensor  # (B, T, *action.shape)
    reward: tf.Tensor  # (B, T) float32
    survival: tf.Tensor  # (B, T + 1) float32, the probability that it has not ended


def simulate(environment, observations, actions, seed, horizon=None):
    """Simulates actions from the states that observations show.

    In a model and in the environment that it is a model of, the same observations and
    actions show where the two differ.

    Args:
        environment: `TensorEnvironment` with `inner_state_of`.
        observations: Array or float32 tensor `(B, *observation_shape)`.
        actions: Array or tensor `(B, T, *action.shape)`, `T` >= 1; or a function from
            observations `(B, ...)` to actions `(B, ...)`, such as an agent.
        seed: Integer tensor `(2,)`, of which each step gets another.
        horizon: Integer >= 1, `T`, where `actions` is a function.

    Returns:
        `Simulation`. Its survival is the product of the discounts of the steps before:
        1 until an episode has ended, then 0, or between the two where the environment
        predicts its discount.

    Raises:
        ValueError: If the arrays do not fit the environment, or there is no action.
        NotImplementedError: If the environment has no `inner_state_of`.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> simulation = simulate(
    ...     CartPole(), tf.zeros((2, 4)), tf.ones((2, 20), tf.int32), seed=(0, 1)
    ... )
    >>> simulation.observation.shape, float(simulation.survival[0, -1])
    (TensorShape([2, 21, 4]), 0.0)
    """
    observations = tf.convert_to_tensor(observations, tf.float32)
    shape = environment.observation_shape
    if observations.shape.rank is None or observations.shape[1:] != shape:
        raise ValueError(
            f"Expected observations of shape (B, {str(tuple(shape))[1:-1]}). Received: "
            f"{tuple(observations.shape)}"
        )
    if not callable(actions):
        actions = tf.convert_to_tensor(actions)
        horizon = actions.shape[1] if actions.shape.rank >= 2 else 0
    if not is_integer(horizon) or horizon < 1:
        raise ValueError(
            "Expected actions of shape (B, T, ...) with T >= 1, or a function and an "
            f"integer `horizon` >= 1. Received: {actions}, horizon={horizon!r}"
        )
    seed = validated_seed(seed)
    batch = observations.shape[:1]
    state = EpisodeState(
        environment.inner_state_of(observations), tf.zeros(batch, tf.int32)
    )
    first = environment.observe(state)
    parts = [
        (tf.float32, first.shape),
        (environment.action.dtype, batch + environment.action.shape),
        (tf.float32, batch),
        (tf.float32, batch),
    ]
    arrays = [tf.TensorArray(d, horizon, element_shape=shape) for d, shape in parts]

    def body(index, state, survival, arrays):
        if callable(actions):
            action = actions(environment.observe(state))
        else:
            action = actions[:, index]
        action = environment.action.validated(action)
        key = tf.stack([seed[0], (seed[1] + index) & tf.int32.max])
        state, result = environment.step(state, action, key)
        survival *= result.discount
        values = result.observation, action, result.reward, survival
        written = zip(arrays, values, strict=True)
        return index + 1, state, survival, [a.write(index, v) for a, v in written]

    *_, arrays = tf.while_loop(
        lambda index, *_: index < horizon,
        body,
        (tf.constant(0), state, tf.ones(batch), arrays),
        maximum_iterations=horizon,
    )
    observation, action, reward, survival = (
        tf.transpose(x, (1, 0, *range(2, x.shape.rank)))
        for x in (array.stack() for array in arrays)
    )
    return Simulation(
        observation=tf.concat([first[:, tf.newaxis], observation], axis=1),
        action=action,
        reward=reward,
        survival=tf.concat([tf.ones_like(survival[:, :1]), survival], axis=1),
    )
