import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.sarsa_agent import SarsaAgent
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import QNetwork
from tests.agents.toys import BoundedTensorSpec, trajectories
from tests.agents.values import transition
from tests.networks import linear

GAMMA = 0.5
# Values of two actions in each of three states.
TABLE = np.float32([[1.0, 2.0], [10.0, 4.0], [7.0, 3.0]])
TARGET_TABLE = np.float32([[0.0, 8.0], [6.0, 2.0], [5.0, -1.0]])
ACTION = BoundedTensorSpec((), tf.int32, 0, 1)


def make_agent(**kwargs):
    specs = trajectories.time_step_spec(tf.TensorSpec((3,)))
    model, target = (linear(3, 2, kernel) for kernel in (TABLE, TARGET_TABLE))
    agent = SarsaAgent(
        specs,
        ACTION,
        q_network=QNetwork(model, specs.observation, ACTION),
        target_q_network=QNetwork(target, specs.observation, ACTION),
        optimizer=KerasOptimizer(keras.optimizers.SGD(0.1), model.trainable_variables),
        gamma=GAMMA,
        td_errors_loss_fn=tf.math.squared_difference,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **kwargs,
    )
    return agent, model


def experience():
    return transition(
        observation=tf.one_hot([0, 1, 2, 0], 3),
        action=tf.constant([1, 0, 1, 0]),
        reward=tf.constant([1.0, -2.0, 3.0, 4.0]),
        discount=tf.constant([1.0, 1.0, 0.0, 1.0]),
        next_observation=tf.one_hot([1, 2, 0, 2], 3),
        is_last=tf.constant([False, False, False, True]),
        info=tf.constant([1, 1, 1, 0]),
    )


def test_bootstraps_from_the_action_taken_next():
    agent, _ = make_agent()
    info = agent.loss(experience(), gamma=GAMMA)
    # By hand: 1 + 0.5 * 2 - 2, -2 + 0.5 * -1 - 10, 3 - 3, and a masked one.
    np.testing.assert_allclose(info.extra.td_error, [0.0, -12.5, 0.0, 0.0])
    np.testing.assert_allclose(info.loss, 12.5**2 / 4)


@pytest.mark.parametrize("epsilon", [0.2, lambda: tf.constant(0.2)])
def test_bootstraps_from_what_is_expected(epsilon):
    agent, _ = make_agent(expected=True, epsilon_greedy=epsilon)
    info = agent.loss(experience(), gamma=GAMMA)
    # By hand: in state 1 the policy is worth 0.9 * 6 + 0.1 * 2, in state 2
    # 0.9 * 5 - 0.1 * 1.
    errors = [1 + 0.5 * 5.6 - 2, -2 + 0.5 * 4.4 - 10, 0.0, 0.0]
    np.testing.assert_allclose(info.extra.td_error, errors, rtol=1e-6, atol=1e-6)


def test_update_of_the_table_by_hand():
    agent, model = make_agent()
    agent.train(experience())
    expected = TABLE.copy()
    expected[1, 0] += 0.1 * 2.0 * -12.5 / 4
    np.testing.assert_allclose(model.layers[0].kernel, expected, rtol=1e-6)
