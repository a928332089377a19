"""Batches of sequences of consecutive steps, to train models on."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.experience.episode_steps import steps_of
from keras_rlgen.training.stateless_random import integers
from keras_rlgen.training.untuned import untuned


class Sequences(NamedTuple):
    """A batch of `B` sequences of `L` steps of an episode, or fewer at its end."""

    observation: tf.Tensor  # (B, L + 1, ...) float32, the last is what the last led to
    action: tf.Tensor  # (B, L, ...)
    reward: tf.Tensor  # (B, L) float32
    terminated: tf.Tensor  # (B, L) bool
    mask: tf.Tensor  # (B, L) float32, 1 for a step, 0 after the end of the episode


def sequence_batches(experience, length, batch_size, seed):
    """Returns an endless data set of random sequences.

    A sequence begins at any step, and is masked after the end of its episode: so short
    episodes and last steps are trained on, too.

    Args:
        experience: `Experience` of one observation and one action.
        length: Integer >= 1, the steps of a sequence.
        batch_size: Integer >= 1.
        seed: Integer.

    Returns:
        `tf.data.Dataset` of `Sequences`.

    Example:

    >>> from keras_rlgen.experience import Experience
    >>> experience = Experience(np.zeros((4, 1)), [0, 1, 1], np.ones(3), [3], [True])
    >>> batch = next(iter(sequence_batches(experience, 2, batch_size=8, seed=0)))
    >>> batch.observation.shape, batch.mask.shape
    (TensorShape([8, 3, 1]), TensorShape([8, 2]))
    """
    columns = _columns(experience)

    def batch(index):
        start = integers((batch_size,), tf.stack([seed, index]), len(experience))
        return sequences_at(columns, start, length)

    return untuned(tf.data.Dataset.counter(dtype=tf.int32).map(batch))


def sequences_from(experience, start, length):
    """Returns the `Sequences` that begin at given steps.

    Args:
        experience: `Experience` of one observation and one action.
        start: Integer array `(B,)`, steps of the experience.
        length: Integer >= 1.
    """
    return sequences_at(_columns(experience), tf.cast(start, tf.int32), length)


def sequences_at(columns, start, length):
    """As `sequences_from`, for what `_columns` returned, inside a graph."""
    observation, action, reward, terminated, episode, left = columns
    offsets = tf.range(length)
    left = tf.gather(left, start)[:, tf.newaxis]
    steps = start[:, tf.newaxis] + tf.minimum(offsets, left - 1)
    before = start[:, tf.newaxis] + tf.minimum(tf.range(length + 1), left)
    before += tf.gather(episode, start)[:, tf.newaxis]
    valid = offsets < left
    return Sequences(
        observation=tf.cast(tf.gather(observation, before), tf.float32),
        action=tf.gather(action, steps),
        reward=tf.gather(reward, steps),
        terminated=tf.gather(terminated, steps) & valid,
        mask=tf.cast(valid, tf.float32),
    )


def _columns(experience):
    """Returns tensors: columns, the episode of each step, and the steps left in it."""
    episode, step = steps_of(experience.lengths)
    left = experience.lengths[episode] - step
    terminated = experience.transitions().terminated
    columns = experience.observations, experience.actions, experience.rewards
    integers_of_steps = (np.asarray(x, "int32") for x in (episode, left))
    return tuple(map(tf.constant, (*columns, terminated, *integers_of_steps)))
