import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.policies.epsilon_greedy_policy import EpsilonGreedyPolicy
from tests.agents.toys import DISCRETE, dqn_agent, mlp, observations, tf_agents

NUM_ACTIONS = int(DISCRETE.maximum) + 1
SEED = tf.constant([1, 2])


def policy(epsilon=0.5, model=None):
    """Returns a policy whose `epsilon` may be a variable."""
    agent = dqn_agent(model or mlp(NUM_ACTIONS))
    return EpsilonGreedyPolicy(
        agent.policy, lambda: tf.convert_to_tensor(epsilon), model
    )


def actions(policy, batch=4000, seed=SEED, jit_compile=None):
    """Returns greedy actions, and those of the policy."""
    step = tf_agents.trajectories.restart(observations(batch), batch)
    greedy = policy._policy.action(step).action
    act = policy.action
    if jit_compile is not None:
        act = tf.function(act, jit_compile=jit_compile, autograph=False)
    return greedy.numpy(), act(step, (), seed).action.numpy()


@pytest.mark.parametrize("epsilon", [0.0, 0.2, 1.0])
def test_how_often_each_action_is_taken(epsilon):
    greedy, taken = actions(policy(epsilon))
    others = taken != greedy
    expected = epsilon * (1 - 1 / NUM_ACTIONS)
    deviation = np.sqrt(expected * (1 - expected) / 4000)
    assert abs(np.mean(others) - expected) <= 5 * deviation
    if epsilon:
        offsets = np.bincount((taken - greedy)[others] % NUM_ACTIONS)[1:]
        share = offsets / offsets.sum()
        np.testing.assert_allclose(share, 1 / (NUM_ACTIONS - 1), atol=0.08)
    assert taken.dtype == DISCRETE.dtype.as_numpy_dtype


def test_the_seed_says_what_is_done_however_it_is_compiled():
    each = [actions(policy(), jit_compile=jit)[1] for jit in (None, False, True)]
    np.testing.assert_array_equal(each[0], each[1])
    np.testing.assert_array_equal(each[0], each[2])
    assert (actions(policy(), seed=tf.constant([1, 3]))[1] != each[0]).any()


@pytest.mark.parametrize("seed", [None, 3])
def test_seeds_of_tf_agents(seed):
    tf.random.set_seed(0)
    first, second = (actions(policy(), seed=seed)[1] for _ in range(2))
    assert (first != second).any()


def test_epsilon_may_change():
    epsilon = tf.Variable(0.0)
    collect = policy(epsilon)
    act = tf.function(collect.action, autograph=False)
    step = tf_agents.trajectories.restart(observations(500), 500)
    before = act(step, (), SEED).action
    epsilon.assign(1.0)
    assert np.mean(act(step, (), SEED).action != before) > 0.5


class TestArrayActor:
    def test_acts_like_the_policy(self):
        """What is greedy is so in both, and as often."""
        collect = policy(0.5, mlp(NUM_ACTIONS))
        act = collect.array_actor(4, 300, np.array([1, 2], np.int32))
        x = observations(1200).numpy().reshape(300, 4, 3)
        taken = np.stack([act(index, x[index]) for index in range(300)])
        step = tf_agents.trajectories.restart(x.reshape(1200, 3), 1200)
        greedy = collect._policy.action(step).action.numpy().reshape(300, 4)
        assert taken.shape == (300, 4)
        assert abs(np.mean(taken != greedy) - 0.375) < 5 * 0.014
        again = collect.array_actor(4, 300, np.array([1, 2], np.int32))
        np.testing.assert_array_equal(again(7, x[7]), taken[7])

    def test_weights_are_those_at_the_time(self):
        model = mlp(NUM_ACTIONS)
        collect = policy(0.0, model)
        x = observations(1).numpy()
        for best in (2, 0):
            model.layers[-1].bias.assign(100.0 * np.eye(NUM_ACTIONS)[best])
            act = collect.array_actor(1, 1, np.array([1, 2], np.int32))
            assert act(0, x) == [best]

    def test_there_is_none_for_other_models(self):
        model = mlp(NUM_ACTIONS)
        model.layers[0].activation = tf.nn.gelu
        for each in (None, model):
            collect = policy(0.5, each)
            assert collect.array_actor(1, 1, np.array([1, 2], np.int32)) is None
