"""Streams of frames that tests share."""

import numpy as np
import tensorflow as tf

from keras_rlgen.agents import tf_agents

trajectories = tf_agents.trajectories
StepType = trajectories.StepType
SPEC = trajectories.Trajectory(
    step_type=tf.TensorSpec((), tf.int32),
    observation=tf.TensorSpec((2,)),
    action=tf.TensorSpec((), tf.int32),
    policy_info=(),
    next_step_type=tf.TensorSpec((), tf.int32),
    reward=tf.TensorSpec(()),
    discount=tf.TensorSpec(()),
)


def stream(num_environments=2, num_steps=40, seed=0, first=0):
    """Returns frames `(N, T, ...)` of episodes that end in either way.

    The observation is the number of the environment, and the frame's own number, from
    `first` on. Rewards are drawn, and 0 where an episode begins.
    """
    random = np.random.default_rng(seed)
    shape = (num_environments, num_steps + 1)
    step_type = np.full(shape, StepType.MID, np.int32)
    ends = random.random(shape) < 0.25
    for environment in range(num_environments):
        previous = StepType.LAST
        for time in range(num_steps + 1):
            if previous == StepType.LAST:
                step_type[environment, time] = StepType.FIRST
            elif ends[environment, time]:
                step_type[environment, time] = StepType.LAST
            previous = step_type[environment, time]
    next_step_type = step_type[:, 1:]
    terminated = (next_step_type == StepType.LAST) & (
        random.random((shape[0], num_steps)) < 0.5
    )
    reward = random.normal(size=(num_environments, num_steps))
    observation = np.stack(
        [
            np.repeat(np.arange(num_environments)[:, None], num_steps, axis=1),
            np.repeat(first + np.arange(num_steps)[None], num_environments, axis=0),
        ],
        axis=-1,
    )
    frames = trajectories.Trajectory(
        step_type=step_type[:, :-1],
        observation=observation.astype(np.float32),
        action=random.integers(2, size=(num_environments, num_steps), dtype=np.int32),
        policy_info=(),
        next_step_type=next_step_type,
        reward=np.where(next_step_type == StepType.FIRST, 0, reward).astype(np.float32),
        discount=np.where(terminated, 0.0, 1.0).astype(np.float32),
    )
    return tf.nest.map_structure(tf.constant, frames)
