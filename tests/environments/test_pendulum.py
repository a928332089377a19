import gymnasium
import numpy as np

from keras_rlgen.environments import Pendulum
from tests.environments.side_by_side import check_side_by_side, close


def test_steps_as_gymnasium_does():
    # Some torques lie beyond the bounds, and both clip them.
    actions = np.random.default_rng(0).uniform(-3.0, 3.0, size=(450, 1))
    theirs = gymnasium.make("Pendulum-v1")
    _, terminated, truncated = check_side_by_side(
        Pendulum(), theirs, actions.astype("float32"), close
    )
    assert not terminated.any()
    np.testing.assert_array_equal(np.flatnonzero(truncated), [199, 399])


def test_reaches_the_highest_speed_as_gymnasium_does():
    # Pushing along with the movement keeps the pendulum turning.
    actions = np.full((200, 1), 2.0, "float32")
    theirs = gymnasium.make("Pendulum-v1")
    observations, _, _ = check_side_by_side(
        Pendulum(), theirs, actions, close, tolerance=1e-4
    )
    assert np.abs(observations[:, 2]).max() == 8.0


def test_begins_as_gymnasium_does():
    states = Pendulum().reset((0, 1), 5000).inner_state.numpy()
    bounds = np.float32([np.pi, 1.0])
    assert np.all(np.abs(states) <= bounds)
    np.testing.assert_allclose(states.mean(axis=0) / bounds, 0.0, atol=0.05)
    np.testing.assert_allclose(states.std(axis=0) / bounds, 1.0 / np.sqrt(3), rtol=0.05)


def test_specs_are_gymnasiums():
    environment, theirs = Pendulum(), gymnasium.make("Pendulum-v1")
    assert environment.max_episode_steps == theirs.spec.max_episode_steps
    for ours, space in [
        ((environment.action.low, environment.action.high), theirs.action_space),
        (
            (environment.observation_low, environment.observation_high),
            theirs.observation_space,
        ),
    ]:
        np.testing.assert_array_equal(ours[0], space.low)
        np.testing.assert_array_equal(ours[1], space.high)
