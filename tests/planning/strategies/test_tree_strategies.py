import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning import PUCT, UCT, GumbelSearch, PlanningProblem

STRATEGIES = UCT(12), PUCT(12), GumbelSearch(12, value_bounds=(0.0, 1.0))
VALUES = tf.constant([0.0, 1.0, 0.5])


def problem():
    """A bandit of three arms."""

    def step(state, action, seed):
        reward = tf.gather(VALUES, action)
        return state, reward, tf.zeros_like(reward)

    def prior_and_value(state, seed):
        return tf.zeros((state.shape[0], 3)), tf.zeros(state.shape)

    return PlanningProblem(step, prior_and_value, num_actions=3)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda x: type(x).__name__)
def test_it_finds_the_best_arm_and_explores_others(strategy):
    state = tf.zeros((300,))
    assert strategy.initial_memory(problem(), 300) == ()
    for explore in False, True:
        action, memory = strategy.plan(problem(), state, (), (0, 1), explore)
        assert memory == ()
        counts = np.bincount(action, minlength=3)
        if explore:
            assert counts.argmax() == 1 and counts[2] > 0
        else:
            assert counts[1] == 300


@pytest.mark.parametrize(
    "strategy",
    [
        UCT(7, 0.5, (-1.0, 1.0)),
        PUCT(8, 2.0, 100.0, (0.0, 2.0)),
        GumbelSearch(9, 3, 0.2, 20.0, (-1, 1)),
    ],
    ids=lambda x: type(x).__name__,
)
def test_config_round_trip(strategy):
    config = keras.saving.serialize_keras_object(strategy)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == strategy.get_config()


def test_errors():
    for make in UCT, PUCT, GumbelSearch:
        with pytest.raises(ValueError, match="`num_simulations` to be a positive"):
            make(0)
        with pytest.raises(ValueError, match=r"`value_bounds` \(low, high\)"):
            make(4, value_bounds=(1.0, 1.0))
    with pytest.raises(ValueError, match="`max_considered`"):
        GumbelSearch(4, max_considered=0)
