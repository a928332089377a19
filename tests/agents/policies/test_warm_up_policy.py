import numpy as np
import tensorflow as tf

from keras_rlgen.agents.networks import CategoricalNetwork, NormalNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.agents.policies.warm_up_policy import WarmUpPolicy
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    OBSERVATION,
    mlp,
    tf_agents,
    trajectories,
)


def make_policies():
    specs = trajectories.time_step_spec(OBSERVATION)
    network = NormalNetwork(mlp(4), OBSERVATION, CONTINUOUS, squash=True)
    actor = tf_agents.policies.actor_policy.ActorPolicy(
        specs, CONTINUOUS, actor_network=network
    )
    policy = SamplingPolicy(actor)
    is_warming_up = tf.Variable(True)
    return policy, WarmUpPolicy(policy, lambda: is_warming_up), is_warming_up


def time_step(batch):
    return trajectories.restart(tf.zeros((batch, 3)), batch)


def test_draws_uniformly_at_first():
    _, warm_up, _ = make_policies()
    actions = warm_up.action(time_step(4000), seed=tf.constant([0, 1])).action.numpy()
    again = warm_up.action(time_step(4000), seed=tf.constant([0, 1])).action.numpy()
    np.testing.assert_array_equal(actions, again)
    low, high = CONTINUOUS.minimum, CONTINUOUS.maximum
    assert np.all((low <= actions) & (actions <= high))
    fractions = (actions - low) / (high - low)
    error = 4 / np.sqrt(4000)
    assert np.all(np.abs(fractions.mean(axis=0) - 1 / 2) < error * np.sqrt(1 / 12))
    assert np.all(np.abs(np.square(fractions).mean(axis=0) - 1 / 3) < error * 0.3)
    assert abs(np.corrcoef(fractions.T)[0, 1]) < error


def test_discrete_actions():
    specs = trajectories.time_step_spec(OBSERVATION)
    actor = tf_agents.policies.actor_policy.ActorPolicy(
        specs,
        DISCRETE,
        actor_network=CategoricalNetwork(mlp(4), OBSERVATION, DISCRETE),
    )
    policy = SamplingPolicy(actor)
    warm_up = WarmUpPolicy(policy, lambda: tf.constant(True))
    actions = warm_up.action(time_step(4000), seed=tf.constant([0, 1])).action.numpy()
    counts = np.bincount(actions, minlength=4)
    assert len(counts) == 4
    assert np.all(np.abs(counts / 4000 - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000))


def test_asks_the_policy_afterwards():
    policy, warm_up, is_warming_up = make_policies()
    is_warming_up.assign(False)
    step = time_step(1000)
    actions = [
        p.action(step, seed=tf.constant([0, 1])).action for p in (warm_up, policy)
    ]
    # From other seeds, but of the same distribution.
    distribution = policy.distribution(step).action
    means = [np.mean(distribution.log_prob(a)) for a in actions]
    assert abs(means[0] - means[1]) < 0.3
    uniform = CONTINUOUS.minimum + np.random.default_rng(0).uniform(size=(1000, 2)) * (
        CONTINUOUS.maximum - CONTINUOUS.minimum
    )
    assert abs(means[0] - np.mean(distribution.log_prob(np.float32(uniform)))) > 0.01


def test_distribution_is_that_of_the_policy():
    policy, warm_up, _ = make_policies()
    step = time_step(2)
    modes = [p.distribution(step).action.mode() for p in (policy, warm_up)]
    np.testing.assert_array_equal(*modes)
