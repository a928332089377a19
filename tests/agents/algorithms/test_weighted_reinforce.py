"""The loss of REINFORCE and its gradient, against slow NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.weighted_reinforce import WeightedReinforceAgent
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import CategoricalNetwork, ValueNetwork
from tests.agents.frames import stream
from tests.agents.toys import BoundedTensorSpec, StepType, trajectories
from tests.networks import linear

OBSERVATION = tf.TensorSpec((2,))
ACTION = BoundedTensorSpec((), tf.int32, 0, 1)
ENTROPY_WEIGHT, VALUE_WEIGHT = 0.1, 0.3


def make_agent(critic, normalize):
    random = np.random.default_rng(0)
    models = [linear(2, 2, random.normal(size=(2, 2)))]
    if critic:
        models.append(linear(2, 1, random.normal(size=(2, 1))))
    variables = [v for model in models for v in model.trainable_variables]
    agent = WeightedReinforceAgent(
        trajectories.time_step_spec(OBSERVATION),
        ACTION,
        actor_network=CategoricalNetwork(models[0], OBSERVATION, ACTION),
        value_network=ValueNetwork(models[1], OBSERVATION) if critic else None,
        # One update by gradient descent at a learning rate of 1 shows the gradient.
        optimizer=KerasOptimizer(keras.optimizers.SGD(1.0), variables),
        value_estimation_loss_coef=VALUE_WEIGHT,
        entropy_regularization=ENTROPY_WEIGHT,
        normalize_advantages=normalize,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
    )
    agent.initialize()
    return agent, variables


def numpy_gradients(frames, returns, weights, variables, normalize):
    """Sutton & Barto, 2018, section 13.4, frame by frame."""
    kernel, bias, *critic = variables
    advantages = np.array(returns)
    gradients = [np.zeros_like(v) for v in variables]
    total = weights.sum()
    for index in np.ndindex(returns.shape):
        if critic:
            value = (frames.observation[index] @ critic[0] + critic[1])[0]
            advantages[index] -= value
    constants = advantages
    if normalize:
        mean = (weights * advantages).sum() / total
        variance = (weights * (advantages - mean) ** 2).sum() / total
        constants = (advantages - mean) / np.sqrt(variance)
    for index in np.ndindex(returns.shape):
        observation = frames.observation[index]
        logits = observation @ kernel + bias
        probabilities = np.exp(logits) / np.exp(logits).sum()
        log_probs = np.log(probabilities)
        score = np.eye(2)[frames.action[index]] - probabilities
        entropy = -(probabilities * log_probs).sum()
        # Of the entropy by the logits.
        slope = -probabilities * (log_probs + entropy)
        step = -constants[index] * score - ENTROPY_WEIGHT * slope
        step = weights[index] / total * step
        gradients[0] += np.outer(observation, step)
        gradients[1] += step
        if critic:
            error = -2 * VALUE_WEIGHT * advantages[index] * weights[index] / total
            gradients[2] += error * observation[:, None]
            gradients[3] += error
    return gradients


@pytest.mark.parametrize("critic", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_gradients(critic, normalize):
    agent, variables = make_agent(critic, normalize)
    frames = stream(2, 20)
    frames = frames.replace(observation=0.1 * frames.observation)
    random = np.random.default_rng(1)
    returns = random.normal(size=(2, 20)).astype("float32")
    weights = random.uniform(0.5, 1.5, size=(2, 20)).astype("float32")
    weights[frames.step_type == StepType.LAST] = 0.0
    weights /= weights.mean()
    before = [np.float64(v.numpy()) for v in variables]
    arrays = tf.nest.map_structure(lambda x: x.numpy(), frames)
    expected = numpy_gradients(arrays, returns, weights, before, normalize)
    agent.train_on_returns(frames, tf.constant(returns), tf.constant(weights))
    for variable, start, gradient in zip(variables, before, expected, strict=True):
        np.testing.assert_allclose(
            start - variable.numpy(), gradient, rtol=1e-3, atol=1e-5
        )
    assert agent.train_step_counter == 1


def test_it_trains_on_whole_episodes_of_tf_agents():
    agent, variables = make_agent(critic=True, normalize=True)
    before = variables[0].numpy()
    assert np.isfinite(agent.train(stream(2, 20)).loss)
    assert np.any(variables[0].numpy() != before)
