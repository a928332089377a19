import numpy as np
import tensorflow as tf

from keras_rlgen.environments import LatentEditing
from keras_rlgen.rl_models.dqn_gan.edit_episodes import edit, start_latents


def environment(**kwargs):
    return LatentEditing(
        lambda latents: 2.0 * latents,
        2,
        lambda samples: samples[:, 0],
        step_size=1.0,
        max_episode_steps=3,
        **kwargs,
    )


def play(actions, **kwargs):
    """Edits two latents by given actions `(steps, 2)`."""

    def choose(observation, step):
        return tf.gather(tf.constant(actions), step)

    latents = tf.constant([[0.0, 0.0], [0.5, 1.0]])
    return edit(environment(), choose, latents, **kwargs)


def test_paths_by_hand():
    # Actions: 0 and 1 along the first axis, 2 and 3 along the second, 4 stops.
    paths = play([[0, 3], [4, 0], [0, 0]])
    first = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    second = [[0.5, 1.0], [0.5, 0.0], [1.5, 0.0], [2.5, 0.0]]
    np.testing.assert_allclose(paths.latents, [first, second])
    np.testing.assert_allclose(paths.samples, 2.0 * paths.latents)
    np.testing.assert_array_equal(paths.actions, [[0, 4, 4], [3, 0, 0]])
    np.testing.assert_allclose(paths.rewards, [[2.0, 0.0, 0.0], [0.0, 2.0, 2.0]])
    np.testing.assert_allclose(paths.before, [[0.0, 0.0], [1.0, 2.0]])
    np.testing.assert_allclose(paths.after, [[2.0, 0.0], [5.0, 0.0]])
    unscored = play([[0, 3], [4, 0], [0, 0]], scored=False)
    np.testing.assert_array_equal(unscored.samples, paths.samples)
    assert not unscored.rewards.numpy().any()


def test_the_target_is_observed():
    def choose(observation, step):
        return tf.where(observation[:, -1] > 0.0, 0, 1)  # Of the second target.

    edited = edit(environment(targets=2), choose, tf.zeros((2, 2)), tf.constant([0, 1]))
    np.testing.assert_allclose(edited.after[:, 0], [-6.0, 6.0])
    np.testing.assert_array_equal(edited.target, [0, 1])


def test_start_latents():
    key = tf.constant([0, 1])
    assert start_latents(None, (3, 2), key).shape == (3, 2)
    np.testing.assert_array_equal(start_latents(np.eye(2), (2, 2), key), np.eye(2))
