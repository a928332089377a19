import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.networks import CategoricalNetwork, NormalNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    OBSERVATION,
    mlp,
    trajectories,
    with_free_scale,
)

COUNT = 4000
STEP = trajectories.restart(tf.ones((COUNT, 3)), COUNT)


def some_policy(action_spec=DISCRETE):
    if action_spec is DISCRETE:
        network = CategoricalNetwork(mlp(4), OBSERVATION, DISCRETE)
    else:
        network = NormalNetwork(with_free_scale(mlp(2), 3.0), OBSERVATION, CONTINUOUS)
    return SamplingPolicy(
        tf_agents.policies.actor_policy.ActorPolicy(
            trajectories.time_step_spec(OBSERVATION), action_spec, network, clip=True
        )
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_draws_from_the_distribution(jit_compile):
    policy = some_policy()
    act = tf.function(policy.action, autograph=False, jit_compile=jit_compile)
    actions = act(STEP, (), tf.constant([1, 2])).action
    frequencies = np.bincount(actions, minlength=4) / COUNT
    probabilities = policy.distribution(STEP).action.probs_parameter()[0].numpy()
    errors = np.sqrt(probabilities * (1 - probabilities) / COUNT)
    assert np.all(np.abs(frequencies - probabilities) < 4 * errors)


def test_the_seed_decides():
    policy = some_policy()
    first, again, other = (
        policy.action(STEP, (), tf.constant(seed)).action.numpy()
        for seed in ([1, 2], [1, 2], [1, 3])
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_actions_beyond_the_bounds_are_not_clipped():
    actions = some_policy(CONTINUOUS).action(STEP, (), tf.constant([1, 2])).action
    assert np.any(actions > CONTINUOUS.maximum)


@pytest.mark.parametrize("seed", [None, 3])
def test_drivers_of_tf_agents_give_other_seeds(seed):
    assert some_policy().action(STEP, (), seed).action.shape == (COUNT,)


def test_in_numpy():
    model = mlp(4)
    network = CategoricalNetwork(model, OBSERVATION, DISCRETE)
    policy = tf_agents.policies.actor_policy.ActorPolicy(
        trajectories.time_step_spec(OBSERVATION), DISCRETE, network
    )
    policy = SamplingPolicy(policy, model)
    seed = np.array([1, 2], np.int32)
    act = policy.array_actor(num_environments=COUNT, num_steps=2, seed=seed)
    observation = np.linspace(-3, 3, 3 * COUNT, dtype=np.float32).reshape(COUNT, 3)
    first, second = act(0, observation), act(1, observation)
    assert np.any(first != second)
    steps = trajectories.restart(tf.constant(observation), COUNT)
    probabilities = policy.distribution(steps).action.probs_parameter().numpy()
    for actions in (first, second):
        chosen = np.eye(4)[actions]
        error = np.sqrt((probabilities * (1 - probabilities)).sum(axis=0))
        assert np.all(np.abs((chosen - probabilities).sum(axis=0)) < 4 * error)
    again = policy.array_actor(num_environments=COUNT, num_steps=2, seed=seed)
    np.testing.assert_array_equal(again(0, observation), first)
    model.layers[-1].bias.assign([0.0, 100.0, 0.0, 0.0])
    act = policy.array_actor(num_environments=COUNT, num_steps=2, seed=seed)
    assert np.all(act(0, observation) == 1)


def test_in_numpy_with_nothing_but_dense_layers():
    policy = some_policy(CONTINUOUS)
    assert policy.array_actor(4, 2, np.array([1, 2], np.int32)) is None
