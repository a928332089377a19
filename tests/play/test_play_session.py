import doctest

import gymnasium
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import pictures
from keras_rlgen.environments import (
    CartPole,
    DiscreteAction,
    Pendulum,
    TensorEnvironment,
)
from keras_rlgen.play import PlaySession, play_session


class Walk(TensorEnvironment):
    """Steps to the left or the right from 0; at 3 it terminates, with a reward of 1.

    It knows its training data: [-2, 2].
    """

    def __init__(self, max_episode_steps=20, shows_state=True):
        super().__init__((1,), DiscreteAction(2), max_episode_steps, -4.0, 4.0)
        self.shows_state = shows_state

    def initial_state(self, seed, num_environments):
        return tf.zeros((num_environments,))

    def transition(self, inner_state, action, seed):
        position = inner_state + 2.0 * tf.cast(action, tf.float32) - 1.0
        terminated = position >= 3.0
        return position, tf.cast(terminated, tf.float32), terminated

    def observation(self, inner_state):
        return inner_state[:, tf.newaxis]

    def inner_state_of(self, observation):
        if not self.shows_state:
            return super().inner_state_of(observation)
        return observation[:, 0]

    def distance(self, observations):
        return np.maximum(np.abs(observations[:, 0]) - 2.0, 0.0)


def test_example_runs():
    result = doctest.testmod(play_session)
    assert result.attempted > 0 and result.failed == 0


def test_an_episode_to_its_end():
    session = PlaySession(Walk(), action_names=["left", "right"])
    assert [choice.name for choice in session.choices] == ["left", "right"]
    assert session.status() == "in the model | step 0/20 | return 0"
    session.act(0)
    assert session.observation.tolist() == [-1.0] and session.reward == 0.0
    for _ in range(4):
        session.act(1)
    assert session.ended == "terminated" and session.episode_return == 1.0
    assert session.distance == 1.0
    assert session.status() == (
        "in the model | step 5/20 | reward 1 | return 1 | 1 deviations beyond the "
        "training data | over: terminated"
    )
    session.act(1)
    assert session.steps == 5 and "reset to begin" in session.message
    session.reset()
    assert session.steps == 0 and session.ended is None and session.distance == 0.0


def test_the_horizon_ends_an_episode_and_can_be_changed():
    session = PlaySession(Walk(), horizon=2)
    session.act(0)
    session.act(0)
    assert session.ended == "horizon"
    session.reset()
    session.set_horizon(3)
    for _ in range(3):
        assert session.ended is None
        session.act(0)
    assert session.ended == "horizon"
    # The environment has its own limit.
    session = PlaySession(Walk(30), environment=Walk(2), horizon=30)
    session.switch()
    session.act(0)
    session.act(0)
    assert session.ended == "truncated" and "step 2 |" in session.status()


def test_switching_carries_the_observation_over():
    session = PlaySession(Walk(), environment=Walk())
    session.act(1)
    session.act(1)
    session.switch()
    assert session.where == "environment" and session.observation.tolist() == [2.0]
    assert session.steps == 0 and "same observation" in session.message
    session.act(1)
    assert session.ended == "terminated"
    session.switch()
    assert session.where == "model" and session.observation.tolist() == [0.0]
    assert session.message == "The episode was over: a new episode."


def test_where_it_cannot_be_carried_over_a_new_episode_begins():
    session = PlaySession(Walk(), environment=Walk(shows_state=False))
    session.act(1)
    session.switch()
    assert session.observation.tolist() == [0.0]
    assert session.message == "It cannot start there: a new episode."
    assert session.distance == 0.0


def test_with_an_environment_of_gymnasium():
    session = PlaySession(CartPole(), environment="CartPole-v1", seed=3)
    assert session._frame_function is pictures.cart_pole_frame
    session.switch()
    expected, _ = gymnasium.make("CartPole-v1").reset(seed=3)
    np.testing.assert_allclose(session.observation, expected)
    assert "cannot start there" in session.message and session.distance is None
    before = session.observation
    session.act(1)
    assert session.reward == 1.0 and session.observation[1] > before[1]
    session.switch()
    assert session.where == "model" and "same observation" in session.message


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), TypeError, "`model` to be a `TensorEnvironment`.*Received: 3"),
        ((CartPole(), None, 0), ValueError, "`horizon` to be a positive.*Received: 0"),
        ((CartPole(), Pendulum()), ValueError, r"observations of shape \(4,\)"),
        (
            (CartPole(), None, None, ["left"]),
            ValueError,
            r"Expected 2 names of actions: \['0', '1'\]. Received: \['left'\]",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        PlaySession(*arguments)


def test_other_actions_are_refused():
    session = PlaySession(Walk())
    for choice in 2, -1, 0.5:
        with pytest.raises(ValueError, match=r"a choice in \[0, 2\), of the actions 0"):
            session.act(choice)
    with pytest.raises(ValueError, match="an environment to switch to"):
        session.switch()


def test_seeds_and_functions_of_another_kind():
    for seed in -1, "x", 1.5:
        with pytest.raises(ValueError, match="`seed` to be None or an integer >= 0"):
            PlaySession(CartPole(), seed=seed)
    with pytest.raises(TypeError, match="Expected `frame_function`, a function"):
        PlaySession(CartPole(), frame_function=5)
    with pytest.raises(TypeError, match="Expected `model` to be a `TensorEnvironment`"):
        PlaySession(CartPole)
    with pytest.raises(TypeError, match=r"the class `CartPole`\. Call it"):
        PlaySession(CartPole(), environment=CartPole)
