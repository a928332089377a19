import numpy as np
import tensorflow as tf

from keras_rlgen.planning.trajectories import simulated_returns


def test_returns_by_hand():
    """Rewards are actions; an episode ends where the position exceeds 1."""

    def step(state, action, seed):
        position = state["position"] + action[:, 0]
        discount = tf.where(position > 1.0, 0.0, 0.5)
        return {"position": position}, action[:, 0], discount

    actions = np.array(
        [[[1.0, 1.0, 1.0], [0.5, 0.0, 0.25]], [[-1.0, 2.0, 1.0], [0.0, 1.0, 1.0]]]
    )
    returns = simulated_returns(
        step,
        {"position": tf.constant([0.0, 0.5])},
        tf.constant(actions[..., None], tf.float32),
        (0, 1),
    )
    # From 0: 1 + 0.5 * 1 and the end; from 0.5: -1 + 0.5 * 2 and the end.
    expected = [[1.5, 0.5 + 0.0625], [0.0, 0.5]]
    np.testing.assert_allclose(returns, expected)


def test_every_step_has_its_own_seed():
    def step(state, action, seed):
        noise = tf.random.stateless_normal(state.shape, seed)
        return noise, noise, tf.ones_like(noise)

    actions = tf.zeros((1, 3, 2, 1))
    first, again, other = (
        simulated_returns(step, tf.zeros(1), actions, seed).numpy()
        for seed in ((0, 1), (0, 1), (5, 1))
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).all() and len(np.unique(first)) == 3


def test_the_value_of_the_last_state_is_discounted():
    def step(state, action, seed):
        return state + 1.0, action[:, 0], tf.fill(state.shape, 0.5)

    actions = tf.constant([[[[1.0], [1.0]]]])
    returns = simulated_returns(
        step, tf.zeros(1), actions, (0, 1), value=lambda state: 10.0 * state
    )
    np.testing.assert_allclose(returns, [[1.0 + 0.5 + 0.25 * 20.0]])


def test_particles_are_neighbouring_rows_whose_returns_are_averaged():
    def step(state, action, seed):  # Each row of three has another reward.
        count = state.shape[0]
        member = tf.cast(tf.range(count) % 3, tf.float32)
        return state, action[:, 0] * member, tf.ones_like(member)

    actions = tf.constant([[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]])
    returns = simulated_returns(step, tf.zeros(2), actions, (0, 1), particles=3)
    np.testing.assert_allclose(returns, [[1.0, 2.0], [3.0, 4.0]])
