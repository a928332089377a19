import hashlib

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.experience.from_frames import from_frames

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


def replayed_experience(replay_buffer):
    """Returns the `Experience` that is in a replay buffer, or `None`.

    Args:
        replay_buffer: `UniformReplayBuffer`.

    Returns:
        `Experience` of the episodes and parts of episodes that it holds; `None` if it
        holds no step.
    """
    frames = tf.nest.map_structure(lambda x: x.numpy(), replay_buffer.gather_all())
    step_type = frames.step_type
    if step_type.shape[1] < 2 or (step_type[:, :-1] == StepType.LAST).all():
        return None
    # Where an episode was broken off, only the frame after says so.
    return from_frames(
        observation=tf.nest.map_structure(lambda x: x[:, :-1], frames.observation),
        action=tf.nest.map_structure(lambda x: x[:, :-1], frames.action),
        reward=frames.reward[:, :-1],
        step_type=step_type[:, :-1],
        next_step_type=step_type[:, 1:],
        discount=frames.discount[:, :-1],
        last_observation=tf.nest.map_structure(lambda x: x[:, -1], frames.observation),
    )


def split_stably(experience, held_out):
    """Divides episodes into two parts, each the same whenever it is seen.

    The first observation of an episode decides, so that an episode stays in its part
    while others are added.

    Args:
        experience: `Experience`.
        held_out: Float in (0, 1), about the part of the episodes in the second.

    Returns:
        Pair of `Experience`; `None` if there is only one episode.
    """
    if experience.num_episodes < 2:
        return None
    first = np.cumsum(experience.lengths + 1) - experience.lengths - 1
    rows = [
        np.ascontiguousarray(x[first]) for x in tf.nest.flatten(experience.observations)
    ]
    fractions = np.array(
        [_fraction(b"".join(x[i].tobytes() for x in rows)) for i in range(len(first))]
    )
    is_held_out = fractions < held_out
    if is_held_out.all() or not is_held_out.any():
        is_held_out = fractions == fractions.min()
    if is_held_out.all():
        is_held_out = np.arange(len(first)) == 0
    return experience.episodes(~is_held_out), experience.episodes(is_held_out)


def _fraction(data):
    """Returns a number in [0, 1) that depends on bytes alone."""
    digest = hashlib.blake2b(data, digest_size=4).digest()
    return int.from_bytes(digest, "little") / 2**32
