"""Records episodes of a policy."""

import functools

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.loop.clipped_actions import clipped_actions
from keras_rlgen.experience import Experience
from keras_rlgen.experience.from_frames import from_frames

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType

LONGEST_EPISODE = 10_000  # steps
STEPS_AT_ONCE = 50  # Few: the steps of a planner are expensive.


def record(driver, policy, num_environments, episodes=None, steps=None):
    """Records a policy from the beginning of episodes.

    The share of each environment is fixed beforehand, so that short episodes are not
    favoured.

    Args:
        driver: `Driver` that has not acted yet.
        policy: `TFPolicy`, whose `action` takes a stateless seed.
        num_environments: Integer `N`, as of the driver.
        episodes: Integer >= 1, number of whole episodes to record.
        steps: Integer >= 1, number of environment steps to record instead.

    Returns:
        `Experience` with this number of episodes or steps. Continuous actions are
        clipped to their bounds, as environments do.
    """
    collect = functools.partial(driver.collect, policy, STEPS_AT_ONCE)
    if driver.in_graph:
        collect = tf.function(collect, autograph=False)
    count = steps if episodes is None else episodes
    quota = count // num_environments + (
        np.arange(num_environments) < count % num_environments
    )
    state = policy.get_initial_state(num_environments)
    parts, reached = [], np.zeros((num_environments, 0), np.int64)
    while not reached.shape[1] or (reached[:, -1] < quota).any():
        first_step = tf.constant(len(parts) * STEPS_AT_ONCE, tf.int64)
        frames, state = collect(first_step, state)
        driver.in_progress = True
        parts.append(tf.nest.map_structure(np.array, frames))
        frames = tf.nest.map_structure(lambda *x: np.concatenate(x, 1), *parts)
        counted = frames.step_type != StepType.LAST
        if episodes is not None:
            counted &= frames.next_step_type == StepType.LAST
        reached = np.cumsum(counted, axis=1)
        if episodes is not None and _longest(frames.step_type) > LONGEST_EPISODE:
            raise ValueError(
                f"Expected episodes that end within {LONGEST_EPISODE} steps. One does "
                "not. Record a number of `steps` instead of episodes."
            )
    last = np.argmax(reached >= quota[:, np.newaxis], axis=1)
    return Experience.concatenate(
        [
            _first_frames(frames, driver, index, last[index])
            for index in np.flatnonzero(quota)
        ]
    )


def _longest(step_type):
    """Returns the number of steps since the latest beginning of an episode."""
    begun = step_type == StepType.FIRST
    since = np.where(begun.any(axis=1), np.argmax(begun[:, ::-1], axis=1), 0)
    return int(since.max(initial=0))


def _first_frames(frames, driver, index, last):
    """Returns the experience of one environment up to the frame `last`."""
    following = tf.nest.map_structure(
        lambda x, after: np.concatenate([x[index], np.asarray(after)[None, index]])[
            None, last + 1
        ],
        frames.observation,
        driver.observation,
    )
    part = tf.nest.map_structure(lambda x: x[index : index + 1, : last + 1], frames)
    return from_frames(
        part.observation,
        clipped_actions(part.action, driver.specs.action),
        part.reward,
        part.step_type,
        part.next_step_type,
        part.discount,
        following,
    )
