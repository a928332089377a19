"""Where recorded steps become episodes."""

import numpy as np
import tensorflow as tf

from keras_rlgen.experience.columns import (
    as_columns,
    joined,
    named_leaves,
    num_rows,
    structure,
)

REQUIRED = {"observations", "actions", "rewards", "terminated"}


def columns_of_episodes(episodes):
    """Returns the arguments of `Experience` for a list of episodes.

    Args:
        episodes: Iterable of dicts, as `Experience.from_episodes` takes them.

    Raises:
        ValueError: If there is no episode, or if one is not as expected.
    """
    checked = [_checked_episode(e, f"episodes[{i}]") for i, e in enumerate(episodes)]
    if not checked:
        raise ValueError("Expected at least one episode. Received: none")
    return {
        "observations": joined([e["observations"] for e in checked], "observations"),
        "actions": joined([e["actions"] for e in checked], "actions"),
        "rewards": np.concatenate([e["rewards"] for e in checked]),
        "lengths": [len(e["rewards"]) for e in checked],
        "terminated": [e["terminated"] for e in checked],
    }


def _checked_episode(episode, name):
    if not REQUIRED <= set(episode) <= REQUIRED | {"truncated"}:
        raise ValueError(
            f"Expected `{name}` to have the keys {sorted(REQUIRED)}, and optionally "
            f"'truncated'. Received: {sorted(episode)}"
        )
    rewards = np.asarray(episode["rewards"], "float32")
    columns = {
        key: as_columns(episode[key], f"{name}[{key!r}]")
        for key in ("observations", "actions")
    }
    steps = rewards.size
    num_observations, num_actions = (num_rows(columns[key], key) for key in columns)
    if rewards.shape != (steps,) or (num_observations, num_actions) != (
        steps + 1,
        steps,
    ):
        raise ValueError(
            f"Expected `{name}` to have T rewards, T actions and T + 1 observations, "
            f"the last of which is what the last step led to. Received: rewards of "
            f"shape {rewards.shape}, {num_actions} actions, {num_observations} "
            "observations."
        )
    for key in ("terminated", "truncated"):
        flags = np.asarray(episode.get(key, False))
        if flags.shape not in {(), (steps,)} or flags.reshape(-1)[:-1].any():
            raise ValueError(
                f"Expected `{name}[{key!r}]` to be one flag, or T = {steps} flags of "
                "which at most the last is true. Received: shape "
                f"{flags.shape}, true at {np.flatnonzero(flags).tolist()}. "
                "`Experience.from_arrays` divides steps into episodes."
            )
    terminated = bool(np.asarray(episode["terminated"]).reshape(-1)[-1:].any())
    return {**columns, "rewards": rewards, "terminated": terminated}


def columns_of_arrays(
    observations, actions, rewards, terminated, truncated, next_observations
):
    """Returns the arguments of `Experience` for flat arrays of consecutive steps.

    Args and errors are those of `Experience.from_arrays`.
    """
    if not len(rewards):
        raise ValueError("Expected at least one step. Received: no `rewards`")
    observations = as_columns(observations, "observations")
    terminated, truncated = (
        _flags(flags, name, len(rewards))
        for flags, name in ((terminated, "terminated"), (truncated, "truncated"))
    )
    ended = terminated | truncated
    ended[-1:] = True  # What was recorded last is cut, if it did not end.
    ends = np.flatnonzero(ended)
    if next_observations is not None:
        next_observations = as_columns(next_observations, "next_observations")
        observations = _with_last_observations(
            observations, next_observations, len(ended), ends
        )
    else:
        _check_last_observations(observations, len(ended), len(ends))
    return {
        "observations": observations,
        "actions": actions,
        "rewards": rewards,
        "lengths": np.diff(ends, prepend=-1),
        "terminated": terminated[ends],
    }


def _flags(flags, name, steps):
    flags = np.asarray(flags)
    if flags.shape != (steps,):
        raise ValueError(
            f"Expected `{name}` of shape ({steps},), a flag for each reward. Received: "
            f"shape {flags.shape}"
        )
    if flags.dtype != bool and not np.isin(flags, (0, 1)).all():
        raise ValueError(
            f"Expected `{name}` to be true or false at each step. Received values of "
            f"dtype {flags.dtype} that are neither 0 nor 1."
        )
    return flags.astype(bool)


def _check_last_observations(observations, steps, count):
    received = num_rows(observations, "observations")
    if received != steps + count:
        raise ValueError(
            f"Expected {steps + count} rows of `observations`: one for each of the "
            f"{steps} steps and, after the last step of each of the {count} episodes, "
            f"one more for what that step led to. Received: {received} rows. Give "
            "`next_observations` if you have them. An episode ends where "
            "`terminated | truncated`, and at the last step."
        )


def _with_last_observations(observations, next_observations, steps, ends):
    """Returns observations in which each episode is followed by its last one."""
    columns = {
        "observations": observations,
        "next_observations": next_observations,
    }
    received = {name: num_rows(column, name) for name, column in columns.items()}
    if set(received.values()) != {steps}:
        raise ValueError(
            f"Expected a row for each of the {steps} rewards. Received: {received}"
        )
    expected, received = structure(observations), structure(next_observations)
    if expected != received:
        raise ValueError(
            "Expected `next_observations` of the structure, shapes and dtypes of "
            f"`observations`: {expected}. Received: {received}"
        )
    inside = np.setdiff1d(np.arange(steps), ends)
    for (name, now), following in zip(
        named_leaves(observations, "observations"),
        tf.nest.flatten(next_observations),
        strict=True,
    ):
        differs = now[inside + 1] != following[inside]
        if differs.any():
            pairs = differs.reshape(len(inside), -1).any(axis=1)
            step = inside[np.flatnonzero(pairs)[0]]
            raise ValueError(
                f"Expected `next_{name}` of a step to be `{name}` of the next, within "
                f"an episode. Received: they differ at step {step}. If the steps of "
                "several environments alternate, give those of one after those of the "
                "other. If steps do not follow on each other, set `truncated` where "
                "they stop to: everywhere for single transitions."
            )
    return tf.nest.map_structure(
        lambda now, following: np.insert(now, ends + 1, following[ends], axis=0),
        observations,
        next_observations,
    )


def check_sizes(observations, actions, rewards, lengths, terminated):
    """Raises an error unless columns are those of whole episodes.

    Args are those of `Experience`, as arrays.
    """
    episodes = len(lengths)
    whole = lengths.ndim == 1 and lengths.dtype.kind in "iu"
    if not episodes or not whole or np.any(lengths < 1):
        raise ValueError(
            "Expected `lengths` to be the steps of each episode: at least one integer, "
            f"each at least 1. Received: {lengths}"
        )
    if terminated.shape != (episodes,):
        raise ValueError(
            f"Expected `terminated` to have a flag for each of the {episodes} episodes."
            f" Received: shape {terminated.shape}"
        )
    steps = sum(lengths.tolist())  # Python's integers do not overflow.
    expected = {
        "observations": steps + episodes,
        "actions": steps,
        "rewards": steps,
    }
    columns = {"observations": observations, "actions": actions, "rewards": rewards}
    received = {name: num_rows(column, name) for name, column in columns.items()}
    if received != expected or rewards.ndim != 1:
        raise ValueError(
            f"Expected, for {episodes} episodes of {steps} steps, these numbers of "
            f"rows: {expected}. Received: {received}, and rewards of shape "
            f"{rewards.shape}. Each episode has one observation more than steps: what "
            "its last step led to."
        )
