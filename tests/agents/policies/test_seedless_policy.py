import numpy as np
import tensorflow as tf

from keras_rlgen.agents.policies.seedless_policy import SeedlessPolicy
from tests.agents.toys import DISCRETE, OBSERVATION, dqn_agent, mlp, observations


def test_acts_as_the_policy_and_ignores_the_seed():
    agent = dqn_agent(mlp(4))
    policy = SeedlessPolicy(agent.policy)
    assert policy.action_spec == DISCRETE
    assert policy.time_step_spec.observation == OBSERVATION
    assert policy.info_spec == ()
    steps = policy.time_step_spec._replace(
        step_type=tf.ones((8,), tf.int32),
        reward=tf.zeros((8,)),
        discount=tf.ones((8,)),
        observation=observations(),
    )
    expected = agent.policy.action(steps, ()).action
    for seed in None, tf.constant([1, 2]):
        step = policy.action(steps, policy.get_initial_state(8), seed)
        np.testing.assert_array_equal(step.action, expected)
        assert step.info == ()
    assert len(policy.variables()) == len(agent.policy.variables())
    distribution = policy.distribution(steps)
    np.testing.assert_array_equal(distribution.action.mode(), expected)
    assert distribution.info == ()
