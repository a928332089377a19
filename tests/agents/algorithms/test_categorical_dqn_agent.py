import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.categorical_dqn_agent import (
    MaskedCategoricalDqnAgent,
)
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import CategoricalQNetwork
from tests.agents.toys import DISCRETE, OBSERVATION, trajectories
from tests.agents.values import ATOMS, logits_of_atoms, transition

GAMMA, LOW, HIGH = 0.9, -1.0, 3.0
BATCH = 16


def make_agent(double=False):
    models = [logits_of_atoms(4, 3, seed=seed) for seed in (0, 7)]
    network, target = (CategoricalQNetwork(m, OBSERVATION, DISCRETE) for m in models)
    agent = MaskedCategoricalDqnAgent(
        trajectories.time_step_spec(OBSERVATION),
        DISCRETE,
        categorical_q_network=network,
        target_categorical_q_network=target,
        optimizer=KerasOptimizer(keras.optimizers.SGD(0.1), network.model.variables),
        min_q_value=LOW,
        max_q_value=HIGH,
        gamma=GAMMA,
        double=double,
        target_update_period=1000,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
    )
    return agent, network.model, target.model


def batch():
    random = np.random.default_rng(0)
    return {
        "observation": random.normal(size=(BATCH, 3)).astype("float32"),
        "action": random.integers(4, size=BATCH),
        # Some beyond the atoms, and one which the first atom meets exactly.
        "reward": np.float32([0.0, 5.0, -5.0, *random.normal(size=BATCH - 3)]),
        "discount": np.float32([0.0, *random.choice([0.0, 0.7, 1.0], BATCH - 1)]),
        "next_observation": random.normal(size=(BATCH, 3)).astype("float32"),
        "is_last": random.uniform(size=BATCH) < 0.3,
    }


def softmax(x):
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    return x / x.sum(axis=-1, keepdims=True)


def projected(reward, discount, probabilities):
    """Returns algorithm 1 of Bellemare et al. (2017), for one sample."""
    step = (HIGH - LOW) / (ATOMS - 1)
    result = np.zeros(ATOMS)
    for j in range(ATOMS):
        atom = np.clip(reward + discount * (LOW + j * step), LOW, HIGH)
        b = (atom - LOW) / step
        lower, upper = int(np.floor(b)), int(np.ceil(b))
        if lower == upper:
            result[lower] += probabilities[j]
        else:
            result[lower] += probabilities[j] * (upper - b)
            result[upper] += probabilities[j] * (b - lower)
    return result


def expected_losses(data, model, target, chooser):
    logits, next_logits = model(data["observation"]), target(data["next_observation"])
    atoms = np.linspace(LOW, HIGH, ATOMS)
    choices = softmax(np.array(chooser(data["next_observation"]))) @ atoms
    losses = []
    for i in range(BATCH):
        probabilities = softmax(np.array(next_logits[i, np.argmax(choices[i])]))
        wanted = projected(
            data["reward"][i], GAMMA * data["discount"][i], probabilities
        )
        predicted = softmax(np.array(logits[i, data["action"][i]]))
        losses.append(-np.sum(wanted * np.log(predicted)))
    return np.where(data["is_last"], 0.0, losses)


@pytest.mark.parametrize("double", [False, True])
def test_loss_is_that_of_the_paper(double):
    agent, model, target = make_agent(double)
    data = batch()
    expected = expected_losses(data, model, target, model if double else target)
    other = expected_losses(data, model, target, target if double else model)
    assert np.abs(expected - other).max() > 1e-3
    info = agent.loss(transition(**data), gamma=GAMMA)
    np.testing.assert_allclose(info.extra.td_loss, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(info.loss, np.mean(expected), rtol=1e-4)


def test_weights():
    agent, model, target = make_agent()
    data = batch()
    weights = np.linspace(0.0, 2.0, BATCH, dtype="float32")
    losses = expected_losses(data, model, target, target)
    info = agent.loss(transition(**data), tf.constant(weights), gamma=GAMMA)
    np.testing.assert_allclose(info.loss, np.mean(weights * losses), rtol=1e-4)


def test_trains_on_trajectories_as_on_transitions():
    data = batch()
    losses = []
    for as_trajectory in (False, True):
        agent, model, _ = make_agent()
        experience = transition(**data)
        if as_trajectory:
            steps, action_step, next_steps = experience

            def pair(first, second):
                return tf.stack([first, second], axis=1)

            experience = trajectories.Trajectory(
                step_type=pair(steps.step_type, next_steps.step_type),
                observation=pair(steps.observation, next_steps.observation),
                action=pair(action_step.action, action_step.action),
                policy_info=(),
                next_step_type=pair(next_steps.step_type, next_steps.step_type),
                reward=pair(next_steps.reward, next_steps.reward),
                discount=pair(next_steps.discount, next_steps.discount),
            )
        agent.train(experience)
        losses.append(agent.loss(transition(**data), gamma=GAMMA).loss)
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_training_lowers_the_loss():
    agent, *_ = make_agent()
    experience = transition(**batch())
    before = agent.train(experience).loss
    assert agent.loss(experience, gamma=GAMMA).loss < before
