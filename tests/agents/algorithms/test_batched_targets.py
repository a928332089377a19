import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms import batched_targets
from keras_rlgen.agents.algorithms.batched_targets import BatchedTargetsDqnAgent
from keras_rlgen.agents.algorithms.n_step import n_step_transition
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.networks import QNetwork
from tests.agents.toys import BoundedTensorSpec, trajectories
from tests.networks import linear

tf_agents = import_tf_agents()
GAMMA, UPDATES, BATCH = 0.9, 9, 4
ACTION = BoundedTensorSpec((), tf.int32, 0, 1)
SPECS = trajectories.time_step_spec(tf.TensorSpec((3,)))


def make_agent(agent_class, **kwargs):
    tables = np.random.default_rng(0).normal(size=(2, 3, 2)).astype("float32")
    model, target = (linear(3, 2, table) for table in tables)
    return agent_class(
        SPECS,
        ACTION,
        q_network=QNetwork(model, SPECS.observation, ACTION),
        target_q_network=QNetwork(target, SPECS.observation, ACTION),
        optimizer=KerasOptimizer(keras.optimizers.SGD(0.1), model.trainable_variables),
        gamma=GAMMA,
        target_update_period=5,
        target_update_tau=0.7,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **kwargs,
    )


def random_sequences():
    generator = np.random.default_rng(1)
    shape = UPDATES, BATCH, 2

    def integers(count):
        return tf.constant(generator.integers(count, size=shape), tf.int32)

    return trajectories.Trajectory(
        step_type=integers(3),
        observation=tf.constant(generator.normal(size=(*shape, 3)), tf.float32),
        action=integers(2),
        policy_info=(),
        next_step_type=integers(3),
        reward=tf.constant(generator.normal(size=shape), tf.float32),
        discount=tf.cast(integers(2), tf.float32),
    )


def batch_of(sequences, index):
    return tf.nest.map_structure(lambda x: x[index], sequences)


@pytest.mark.parametrize(
    ("double", "jit_compile"), [(False, False), (True, False), (True, True)]
)
def test_updates_are_those_of_tf_agents(double, jit_compile, monkeypatch):
    monkeypatch.setattr(batched_targets, "UPDATES_AT_ONCE", 3)
    module = tf_agents.agents.dqn.dqn_agent
    theirs = make_agent(module.DdqnAgent if double else module.DqnAgent)
    ours = make_agent(BatchedTargetsDqnAgent, double=double)
    sequences = random_sequences()

    def transition(batch):
        return n_step_transition(batch, GAMMA)

    def update(batch):
        return ours.train(transition(batch)).loss

    def updates(sequences):
        return ours.updates(
            update, sequences, lambda x: transition(x).next_time_step, 0.0
        )

    updates = tf.function(updates, autograph=False, jit_compile=jit_compile)
    # The second call begins between two updates of the target network.
    for _ in range(2):
        losses = [
            float(theirs.train(transition(batch_of(sequences, index))).loss)
            for index in range(UPDATES)
        ]
        np.testing.assert_allclose(updates(sequences), sum(losses), rtol=1e-5)
        for a, b in zip(theirs.variables, ours.variables, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert int(ours.train_step_counter) == 2 * UPDATES


def test_train_alone_updates_the_target_network():
    agent = make_agent(BatchedTargetsDqnAgent)
    batch = batch_of(random_sequences(), 0)
    before = agent._target_q_network.variables[0].numpy()
    for _ in range(4):
        agent.train(n_step_transition(batch, GAMMA))
    np.testing.assert_array_equal(agent._target_q_network.variables[0], before)
    agent.train(n_step_transition(batch, GAMMA))
    assert (agent._target_q_network.variables[0].numpy() != before).any()
