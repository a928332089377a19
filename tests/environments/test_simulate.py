import doctest
import importlib

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import (
    CartPole,
    DiscreteAction,
    NoisyScreen,
    TensorEnvironment,
    simulate,
)


def test_example_runs():
    module = importlib.import_module("keras_rlgen.environments.simulate")
    result = doctest.testmod(module, extraglobs={"np": np, "tf": tf})
    assert result.attempted > 0 and result.failed == 0


class Walk(TensorEnvironment):
    """A step to the right with action 1; the discount is a half beyond 2."""

    def __init__(self):
        super().__init__((1,), DiscreteAction(2), 100)

    def initial_state(self, seed, num_environments):
        return tf.zeros((num_environments,))

    def transition(self, inner_state, action, seed):
        position = inner_state + tf.cast(action, tf.float32)
        return position, 10.0 * position, tf.where(position > 2.0, 0.5, 1.0)

    def observation(self, inner_state):
        return inner_state[:, tf.newaxis]

    def inner_state_of(self, observation):
        return observation[:, 0]


def test_by_hand():
    actions = [[1, 0, 1], [0, 1, 1]]
    result = simulate(Walk(), [[0.0], [1.0]], actions, (0, 1))
    np.testing.assert_allclose(
        result.observation[:, :, 0], [[0.0, 1.0, 1.0, 2.0], [1.0, 1.0, 2.0, 3.0]]
    )
    np.testing.assert_allclose(result.reward, [[10.0, 10.0, 20.0], [10.0, 20.0, 30.0]])
    np.testing.assert_allclose(result.survival, [[1] * 4, [1, 1, 1, 0.5]])


def test_in_a_graph_as_steps_one_by_one():
    environment = CartPole()
    state = environment.reset((0, 1), 2)
    actions = np.random.default_rng(0).integers(2, size=(2, 5))
    compiled = tf.function(lambda x, a: simulate(environment, x, a, (0, 1)))
    result = compiled(environment.observe(state), tf.constant(actions))
    for step in range(5):
        np.testing.assert_allclose(
            result.observation[:, step], environment.observe(state), rtol=1e-6
        )
        state, _ = environment.step(state, actions[:, step], (0, 2))


def test_a_policy_acts_on_what_it_sees():
    result = simulate(
        Walk(),
        [[0.0], [1.0]],
        lambda observation: tf.cast(observation[:, 0] < 2.0, tf.int32),
        (0, 1),
        horizon=3,
    )
    np.testing.assert_array_equal(result.action, [[1, 1, 0], [1, 0, 0]])
    np.testing.assert_allclose(result.observation[:, -1, 0], [2.0, 2.0])


@pytest.mark.parametrize(
    ("observations", "actions", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 3), int), r"\(B, 4,\). Received: \(2, 3\)"),
        (np.zeros((2, 4)), np.zeros((2, 0), int), "T >= 1.*horizon=0"),
        (np.zeros((2, 4)), np.zeros(2, int), "T >= 1.*horizon=0"),
        (np.zeros((2, 4)), lambda x: x, "T >= 1.*horizon=None"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(observations, actions, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        simulate(CartPole(), observations, actions, (0, 1))


def test_an_environment_that_shows_no_state_is_refused():
    environment = NoisyScreen(CartPole())
    shape = 1, *environment.observation_shape
    with pytest.raises(NotImplementedError, match="implement `inner_state_of"):
        simulate(environment, tf.zeros(shape), tf.zeros((1, 2), tf.int32), (0, 1))
