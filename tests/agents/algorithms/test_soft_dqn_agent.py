import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms import soft_dqn_agent
from keras_rlgen.agents.algorithms.soft_dqn_agent import (
    SoftDqnAgent,
    soft_log_policy,
    soft_value,
)
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import QNetwork
from tests.agents.toys import BoundedTensorSpec, trajectories
from tests.agents.values import transition
from tests.networks import linear

GAMMA, TEMPERATURE = 0.5, 0.7
TABLE = np.float32([[1.0, 2.0], [10.0, 4.0], [7.0, 3.0]])
TARGET_TABLE = np.float32([[0.0, 8.0], [6.0, 2.0], [5.0, -1.0]])
LOG_PRIOR = np.log(np.float32([[0.5, 0.5], [0.1, 0.9], [0.3, 0.7]]))
ACTION = BoundedTensorSpec((), tf.int32, 0, 1)


def log_prior(observation):
    return observation @ tf.constant(LOG_PRIOR)


def make_agent(**kwargs):
    specs = trajectories.time_step_spec(tf.TensorSpec((3,)))
    model, target = (linear(3, 2, kernel) for kernel in (TABLE, TARGET_TABLE))
    return SoftDqnAgent(
        specs,
        ACTION,
        q_network=QNetwork(model, specs.observation, ACTION),
        target_q_network=QNetwork(target, specs.observation, ACTION),
        optimizer=KerasOptimizer(keras.optimizers.SGD(0.1), model.trainable_variables),
        gamma=GAMMA,
        temperature=TEMPERATURE,
        td_errors_loss_fn=tf.math.squared_difference,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **kwargs,
    )


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("prior", [None, log_prior], ids=["psi", "g"])
def test_targets_in_numpy(prior, double):
    """Equations 9 and 10 of Jaques et al.; the network's policy if `double`."""
    experience = transition(
        observation=tf.one_hot([0, 1, 2], 3),
        action=tf.constant([1, 0, 1]),
        reward=tf.constant([1.0, -2.0, 3.0]),
        discount=tf.constant([1.0, 1.0, 0.0]),
        next_observation=tf.one_hot([1, 2, 0], 3),
        is_last=tf.constant([False, False, False]),
    )
    info = make_agent(log_prior=prior, double=double).loss(experience, gamma=GAMMA)
    values = []
    for state in (1, 2, 0):
        log_p = np.zeros(2) if prior is None else LOG_PRIOR[state]
        if not double:
            terms = np.exp(log_p + TARGET_TABLE[state] / TEMPERATURE)
            values.append(TEMPERATURE * np.log(terms.sum()))
            continue
        policy = np.exp(log_p + TABLE[state] / TEMPERATURE)
        policy /= policy.sum()
        price = TEMPERATURE * (np.log(policy) - log_p)
        values.append(policy @ (TARGET_TABLE[state] - price))
    targets = np.array([1.0, -2.0, 3.0]) + GAMMA * np.array([1, 1, 0]) * values
    errors = targets - [2.0, 10.0, 3.0]
    np.testing.assert_allclose(info.extra.td_error, errors, rtol=1e-5, atol=1e-5)


def test_the_policy_maximises_its_value():
    random = np.random.default_rng(0)
    values = tf.constant(random.normal(size=(1, 4)), tf.float32)
    prior = tf.nn.log_softmax(random.normal(size=(1, 4)).astype("float32"))
    best = soft_value(values, soft_log_policy(values, 0.3, prior), 0.3, prior)
    others = tf.nn.log_softmax(random.normal(size=(50, 4)).astype("float32"))
    worse = soft_value(values, others, 0.3, prior)
    assert np.all(worse.numpy() < best.numpy())
    maximum = 0.3 * tf.reduce_logsumexp(prior + values / 0.3)
    assert float(best[0]) == pytest.approx(float(maximum), rel=1e-5)


def test_examples_in_docstrings_run():
    result = doctest.testmod(soft_dqn_agent, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
