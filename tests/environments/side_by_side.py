"""Steps an environment of ours and one of Gymnasium's from the same states."""

import numpy as np
import tensorflow as tf

from keras_rlgen.environments import EpisodeState


def check_side_by_side(ours, theirs, actions, same_observation, tolerance=1e-5):
    """Begins every step from Gymnasium's state, and compares all that it returns.

    Args:
        ours: `TensorEnvironment`.
        theirs: `gymnasium.Env` with an attribute `state`, in a `TimeLimit`.
        actions: Array `(steps, *action.shape)`.
        same_observation: Function that asserts that two observations are the same.
        tolerance: Float, relative and absolute, of the reward.

    Returns:
        Bool array `(steps, 2)`: where episodes terminated and where they were truncated.
    """
    step = tf.function(ours.step)
    theirs.reset(seed=0)
    elapsed, ends = 0, []
    for number, action in enumerate(actions):
        inner_state = np.float32(theirs.unwrapped.state)
        # Both begin from what float32 can hold.
        theirs.unwrapped.state = inner_state.astype("float64")
        state = EpisodeState(tf.constant([inner_state]), tf.constant([elapsed]))
        state, result = step(state, tf.constant([action]), tf.constant([0, number]))
        observation, reward, terminated, truncated, _ = theirs.step(action)
        elapsed += 1
        same_observation(result.observation[0].numpy(), observation)
        np.testing.assert_allclose(result.reward[0], reward, tolerance, tolerance)
        assert bool(result.terminated[0]) == terminated
        assert bool(result.truncated[0]) == truncated
        assert int(state.elapsed_steps[0]) == elapsed
        ends.append([terminated, truncated])
        if terminated or truncated:
            theirs.reset()
            elapsed = 0
    return np.array(ends)


def close(ours, theirs):
    assert ours.dtype == theirs.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
