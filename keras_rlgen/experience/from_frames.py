import numpy as np
import tensorflow as tf

from keras_rlgen.experience.experience import Experience

LAST = 2


def from_frames(
    observation,
    action,
    reward,
    step_type,
    next_step_type,
    discount,
    last_observation,
):
    """Returns the `Experience` that is in frames, collected in `N` environments.

    The episodes of the first environment come first, then those of the second, and so
    on. An episode that goes on beyond the last frame is cut there, and counts as
    truncated; one that was in progress at the first frame begins there.

    Args:
        observation: Nest of arrays `(N, T, ...)`.
        action: Nest of arrays `(N, T, ...)`.
        reward: Float array `(N, T)`.
        step_type: Integer array `(N, T)`: 0 is the first step of an episode, 1 one in
            between, 2 its last observation.
        next_step_type: Integer array `(N, T)`, the step type of the next frame.
        discount: Float array `(N, T)`: 0 where the episode terminated.
        last_observation: Nest of arrays `(N, ...)`, what follows the last frames.

    Raises:
        ValueError: If the frames hold no step, or do not follow on each other.

    Example:

    >>> experience = from_frames(
    ...     observation=np.array([[[0.0], [1.0], [2.0], [0.0]]]),
    ...     action=np.array([[1, 1, 0, 1]]),
    ...     reward=np.array([[1.0, 1.0, 0.0, 1.0]]),
    ...     step_type=np.array([[0, 1, 2, 0]]),
    ...     next_step_type=np.array([[1, 2, 0, 1]]),
    ...     discount=np.array([[1.0, 0.0, 1.0, 1.0]]),
    ...     last_observation=np.array([[1.0]]),
    ... )
    >>> experience.lengths, experience.terminated
    (array([2, 1]), array([ True, False]))
    """
    step_type, next_step_type = np.asarray(step_type), np.asarray(next_step_type)
    if step_type.ndim != 2 or not np.array_equal(
        step_type[:, 1:] == LAST, next_step_type[:, :-1] == LAST
    ):
        raise ValueError(
            "Expected frames of shape (N, T, ...) that follow on each other: a frame "
            f"of step type {LAST} exactly after one of next step type {LAST}. "
            f"Received: step_type={step_type}, next_step_type={next_step_type}"
        )
    is_step = step_type != LAST
    if not is_step.any():
        raise ValueError(
            f"Expected frames with a step. Received: shape {step_type.shape}, all of "
            f"step type {LAST}."
        )
    is_end = is_step & (next_step_type == LAST)
    is_end[:, -1] = is_step[:, -1]
    ends = np.flatnonzero(is_end[is_step])
    terminated = (next_step_type == LAST) & (np.asarray(discount) == 0.0)
    # Each last observation has its row, but for that of an episode before the first.
    is_row = np.concatenate([np.ones_like(is_step), is_step[:, -1:]], axis=1)
    is_row[:, 0] = is_step[:, 0]
    return Experience(
        observations=tf.nest.map_structure(
            lambda x, last: np.concatenate([x, np.asarray(last)[:, None]], 1)[is_row],
            observation,
            last_observation,
        ),
        actions=tf.nest.map_structure(lambda x: np.asarray(x)[is_step], action),
        rewards=np.asarray(reward)[is_step],
        lengths=np.diff(ends, prepend=-1),
        terminated=terminated[is_end],
    )
