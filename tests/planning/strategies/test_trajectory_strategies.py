import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning import (
    CrossEntropy,
    PathIntegral,
    PlanningProblem,
    RandomShooting,
)

STRATEGIES = (
    CrossEntropy(horizon=3, particles=2),
    PathIntegral(horizon=3, iterations=4, temperature=0.01),
    RandomShooting(horizon=3),
)
LOW, HIGH = np.array([-1.0], "float32"), np.array([3.0], "float32")


def problem(has_value=False):
    """Reach 2 from a position, to which actions are added."""

    def step(state, action, seed):
        state += action[:, 0]
        return state, -tf.abs(state - 2.0), tf.ones_like(state)

    def prior_and_value(state, seed):
        return None, -100.0 * tf.abs(state)

    return PlanningProblem(
        step,
        prior_and_value,
        action_shape=(1,),
        low=LOW,
        high=HIGH,
        has_value=has_value,
    )


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda x: type(x).__name__)
def test_plans_and_what_is_left_of_them(strategy):
    memory = strategy.initial_memory(problem(), 2)
    np.testing.assert_array_equal(memory, np.ones((2, 3, 1)))
    state = tf.constant([0.0, 2.5])
    action, rest = strategy.plan(problem(), state, memory, (0, 1), False)
    np.testing.assert_allclose(action[:, 0], [2.0, -0.5], atol=0.5)
    assert rest.shape == (2, 3, 1)
    np.testing.assert_array_equal(rest[:, 1], rest[:, 2])


def test_the_value_of_the_last_state_counts():
    strategy = CrossEntropy(horizon=1)
    memory = strategy.initial_memory(problem(), 1)
    action, _ = strategy.plan(problem(True), tf.constant([0.5]), memory, (0, 1), False)
    np.testing.assert_allclose(action, [[-0.5]], atol=0.1)  # Towards 0, not 2.


@pytest.mark.parametrize(
    "strategy",
    [
        CrossEntropy(4, 50, 2, 5, 0.3, 0.2, 3),
        PathIntegral(4, 50, 2, 0.5, 0.3, 3),
        RandomShooting(4, 50, 0.3, 3),
    ],
    ids=lambda x: type(x).__name__,
)
def test_config_round_trip(strategy):
    config = keras.saving.serialize_keras_object(strategy)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == strategy.get_config()


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (RandomShooting, {"horizon": 0}, "`horizon` to be a positive"),
        (RandomShooting, {"population": 1.5}, "`population` to be a positive"),
        (RandomShooting, {"scale": 0.0}, "`scale` above zero"),
        (RandomShooting, {"particles": 0}, "`particles` to be a positive"),
        (CrossEntropy, {"elites": 300}, "`elites` <= `population`"),
        (CrossEntropy, {"momentum": 1.0}, r"`momentum` in \[0, 1\)"),
        (PathIntegral, {"temperature": 0.0}, "use `RandomShooting`"),
    ],
)
def test_errors(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)
