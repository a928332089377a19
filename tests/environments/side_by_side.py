"""Steps an environment of ours and one of Gymnasium's from the same states."""

import numpy as np
import tensorflow as tf

from keras_rlgen.environments import EpisodeState


def check_side_by_side(ours, theirs, actions, same_observations, tolerance=1e-5):
    """Begins every step from Gymnasium's state, and compares all that it returns.

    Args:
        ours: `TensorEnvironment`.
        theirs: `gymnasium.Env` with an attribute `state`, in a `TimeLimit`.
        actions: Array `(steps, *action.shape)`.
        same_observations: Function that asserts that two arrays of observations are
            the same.
        tolerance: Float, relative and absolute, of the reward.

    Returns:
        A triple: observations, float32 `(steps, *observation_shape)`; whether each step
        terminated, and whether it was truncated, bool `(steps,)`.
    """
    theirs.reset(seed=0)
    states, elapsed, returned = [], [0], []
    for action in actions:
        # Both begin from what float32 can hold.
        states.append(np.float32(theirs.unwrapped.state))
        theirs.unwrapped.state = states[-1].astype("float64")
        returned.append(theirs.step(action)[:4])
        ended = returned[-1][2] or returned[-1][3]
        elapsed.append(0 if ended else elapsed[-1] + 1)
        if ended:
            theirs.reset()
    observations, rewards, terminated, truncated = map(
        np.array, zip(*returned, strict=True)
    )
    state = EpisodeState(tf.constant(states), tf.constant(elapsed[:-1]))
    _, result = ours.step(state, actions, (0, 1))
    assert observations.dtype == result.observation.dtype == np.float32
    same_observations(result.observation.numpy(), observations)
    np.testing.assert_allclose(result.reward, rewards, tolerance, tolerance)
    np.testing.assert_array_equal(result.terminated, terminated)
    np.testing.assert_array_equal(result.truncated, truncated)
    return observations, terminated, truncated


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
