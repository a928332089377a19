"""Checks an environment before an agent is trained in it."""

import contextlib
import re
import textwrap
import warnings
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.drivers.specs_of import specs_of
from keras_rlgen.arguments import check_integer
from keras_rlgen.environments.environment_kinds import (
    is_gymnasium_instance,
    is_instance,
    refuse_class,
)
from keras_rlgen.environments.tensor_environment import TensorEnvironment

_WARNING = re.compile(r"\x1b\[\d+m|WARN: ")
LARGE = 100.0  # what a network hardly learns from without normalisation


class EnvironmentCheck(NamedTuple):
    """What was found out about an environment, by random actions.

    Attributes:
        specs: `EnvironmentSpecs`, what an agent's networks get and give.
        agents: Tuple of the names of the agents that fit the actions.
        steps: Integer, environment steps taken.
        mean_return: Float, of the episodes that ended; NaN if none did.
        episode_length: Float, their mean length; NaN if none did.
        advice: Tuple of strings, what may keep an agent from learning.
    """

    specs: Any
    agents: tuple
    steps: int
    mean_return: float
    episode_length: float
    advice: tuple


def check_environment(environment, steps=1000, seed=0, verbose=True):
    """Checks an environment by random actions, and says which agents fit it.

    One of Gymnasium is also checked by Gymnasium's own `check_env`. Every value that it
    returns is compared with its spaces. Resets with the same seed must be the same.

    Args:
        environment: As in `Agent`.
        steps: Integer >= 1, the number of random steps.
        seed: Integer >= 0.
        verbose: Whether to print what was found.

    Returns:
        `EnvironmentCheck`.

    Raises:
        ValueError: If the environment returns something else than its spaces say, if a
            space cannot be converted, or resets with a seed differ.
        TypeError: If it is no environment.

    Example:

    >>> found = check_environment("CartPole-v1", steps=100, verbose=False)
    >>> found.agents
    ('DQN', 'CategoricalDQN', 'Sarsa', 'Reinforce', 'ActorCritic', 'PPO')
    >>> found.advice
    ()
    """
    check_integer("steps", steps)
    refuse_class(environment)
    from keras_rlgen.environments import make_vector_environment

    advice = []
    if isinstance(environment, TensorEnvironment):
        vector = make_vector_environment(environment, num_environments=1)
    else:
        advice += _advice_of_gymnasium(environment)
        vector = make_vector_environment(environment)
    specs = specs_of(environment)
    first, again = (vector.reset(seed=seed)[0] for _ in range(2))
    if not _same(first, again):
        raise ValueError(
            f"Expected the same observation from two resets with seed={seed}. Received "
            "different ones. Take random numbers from `self.np_random` of "
            "`gymnasium.Env`, which `super().reset(seed=seed)` seeds."
        )
    vector.action_space.seed(seed)
    rows = [first]
    rewards, ended = np.zeros((2, steps, vector.num_envs))
    for index in range(steps):
        observation, reward, terminated, truncated, _ = vector.step(
            vector.action_space.sample()
        )
        rows.append(tf.nest.map_structure(np.copy, observation))
        rewards[index], ended[index] = reward, terminated | truncated
    if not is_gymnasium_instance(environment):
        vector.close()
    returns, lengths = _episodes(rewards, ended)
    # A step after the end of an episode only resets.
    is_step = np.concatenate([np.ones((1, vector.num_envs)), 1.0 - ended[:-1]]) > 0
    limit = getattr(vector.spec, "max_episode_steps", None)
    has_limit = limit is not None or isinstance(environment, TensorEnvironment)
    advice += _advice(rows, rewards[is_step], lengths, has_limit)
    found = EnvironmentCheck(
        specs,
        _fitting_agents(specs.action),
        steps * vector.num_envs,
        float(np.mean(returns)) if len(returns) else float("nan"),
        float(np.mean(lengths)) if len(lengths) else float("nan"),
        tuple(advice),
    )
    if verbose:
        print(_report(found))
    return found


def _advice_of_gymnasium(environment):
    """Returns the warnings of Gymnasium's checker; raises what it finds wrong."""
    import gymnasium
    from gymnasium.utils.env_checker import check_env

    single = environment
    if isinstance(environment, str):
        single = gymnasium.make(environment)
    elif callable(environment) and not is_instance(environment):
        single = environment()
    if not isinstance(single, gymnasium.Env):
        return []
    with warnings.catch_warnings(record=True) as caught, contextlib.ExitStack() as end:
        warnings.simplefilter("always")
        if single is not environment:
            end.callback(single.close)
        try:
            check_env(single.unwrapped, skip_render_check=True)
        except Exception as error:
            raise ValueError(
                f"Gymnasium's `check_env` found a fault of {single}: "
                f"{type(error).__name__}: {error}"
            ) from error
    lines = [_WARNING.sub("", str(x.message)).splitlines()[0] for x in caught]
    # Networks do not need bounds of observations.
    return [line for line in lines if "infinity" not in line]


def _same(first, second):
    pairs = zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def _episodes(rewards, ended):
    """Returns the returns and the lengths of the episodes that ended."""
    returns, lengths = [], []
    for row, ends in zip(rewards.T, ended.T, strict=True):
        start = 0
        for end in np.flatnonzero(ends):
            returns.append(row[start : end + 1].sum())
            lengths.append(end + 1 - start)
            start = end + 2  # The next step only resets.
    return returns, lengths


def _advice(rows, rewards, lengths, has_limit):
    advice = []
    for name, values in _columns(rows):
        largest = np.abs(values).max()
        if largest > LARGE and values.dtype != np.uint8:
            advice.append(
                f"{name} is as large as {largest:.3g}: use `normalize_observations` of "
                "`PPO`, or `gymnasium.wrappers.NormalizeObservation`."
            )
        if np.all(values == values[0]):
            advice.append(f"{name} was the same in every step.")
    if np.all(rewards == rewards[0]) and len(set(lengths)) < 2:
        advice.append(
            f"The reward was {rewards[0]:g} in every step, and no episode differs from "
            "another: random actions show nothing to learn from."
        )
    if np.abs(rewards).max() > LARGE:
        advice.append(
            f"Rewards are as large as {np.abs(rewards).max():.3g}: scale them, or use "
            "`normalize_rewards` of `PPO`."
        )
    if not lengths and not has_limit:
        advice.append(
            f"No episode ended within {len(rows) - 1} steps. `evaluate` waits for the "
            "end: give the environment a limit, `gymnasium.wrappers.TimeLimit`."
        )
    return advice


def _columns(rows):
    """Returns pairs of a name and an array of all observations of a part."""
    paths = ["/".join(map(str, p)) for p, _ in keras.tree.flatten_with_path(rows[0])]
    parts = zip(*(tf.nest.flatten(row) for row in rows), strict=True)
    return [
        (f"The observation{f' {path!r}' if path else ''}", np.stack(values))
        for path, values in zip(paths, parts, strict=True)
    ]


def _fitting_agents(action):
    on_policy = "Reinforce", "ActorCritic", "PPO"
    if not action.dtype.is_integer:
        return *on_policy, "SAC"
    if action.shape.rank:
        return on_policy
    return "DQN", "CategoricalDQN", "Sarsa", *on_policy


def _report(found):
    lines = {
        "observations": _described(found.specs.observation),
        "actions": _described(found.specs.action),
        "agents": ", ".join(found.agents),
        "random steps": f"{found.steps}, mean return {found.mean_return:.4g}, "
        f"episode length {found.episode_length:.4g}",
    }
    rows = [*lines.items(), *(("advice", line) for line in found.advice)]
    return "\n".join(
        textwrap.fill(
            line, 80, initial_indent=f"{name + ':':14}", subsequent_indent=" " * 14
        )
        for name, line in rows
    )


def _described(spec):
    """Returns what a network gets or gives, in words."""
    if isinstance(spec, dict):
        return ", ".join(f"{name} {_described(x)}" for name, x in spec.items())
    if isinstance(spec, tuple):
        return ", ".join(map(_described, spec))
    text = f"{spec.dtype.name} {tuple(spec.shape)}"
    if hasattr(spec, "minimum"):
        low, high = np.min(spec.minimum), np.max(spec.maximum)
        text += f" from {low:g} to {high:g}"
    return text
