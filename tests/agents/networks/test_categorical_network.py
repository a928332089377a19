import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import CategoricalNetwork
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    MULTI_DISCRETE,
    OBSERVATION,
    BoundedTensorSpec,
    mlp,
    observations,
)


def log_softmax(logits):
    return logits - np.log(np.sum(np.exp(logits), axis=-1, keepdims=True))


def test_one_action():
    model = mlp(4)
    network = CategoricalNetwork(model, OBSERVATION, DISCRETE)
    distribution, _ = network(observations())
    actions = distribution.sample(seed=1)
    assert actions.dtype == tf.int64 and actions.shape == (8,)
    expected = log_softmax(model(observations()).numpy())[range(8), actions]
    np.testing.assert_allclose(distribution.log_prob(actions), expected, rtol=1e-5)
    assert network(observations(time=5))[0].batch_shape == (8, 5)


def test_several_elements():
    model = keras.Sequential([mlp(6), keras.layers.Reshape((2, 3))])
    network = CategoricalNetwork(model, OBSERVATION, MULTI_DISCRETE)
    distribution, _ = network(observations())
    assert distribution.batch_shape == (8,) and distribution.event_shape == (2,)
    actions = distribution.sample(seed=1).numpy()
    assert actions.dtype == np.int32
    logs = log_softmax(model(observations()).numpy())
    expected = sum(logs[range(8), i, actions[:, i]] for i in range(2))
    np.testing.assert_allclose(distribution.log_prob(actions), expected, rtol=1e-5)


def test_elements_of_different_numbers():
    spec = BoundedTensorSpec((2,), tf.int32, 0, [1, 2])
    model = keras.Sequential([mlp(6), keras.layers.Reshape((2, 3))])
    network = CategoricalNetwork(model, OBSERVATION, spec)
    distribution, _ = network(observations())
    logits = model(observations()).numpy()
    first, second = log_softmax(logits[:, 0, :2]), log_softmax(logits[:, 1])
    actions = distribution.sample(500, seed=1).numpy()
    assert actions.max(axis=(0, 1)).tolist() == [1, 2]
    expected = first[range(8), actions[0, :, 0]] + second[range(8), actions[0, :, 1]]
    np.testing.assert_allclose(distribution.log_prob(actions[0]), expected, rtol=1e-5)
    entropy = -sum(np.sum(np.exp(x) * x, axis=-1) for x in (first, second))
    np.testing.assert_allclose(distribution.entropy(), entropy, rtol=1e-5)
    mode = np.stack([first.argmax(-1), second.argmax(-1)], axis=-1)
    np.testing.assert_array_equal(distribution.mode(), mode)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(observations())[0].entropy())
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    "outputs, spec, message",
    [
        (3, DISCRETE, r"\(batch, 4\).*Received: \(batch, 3\).*last layer 4 units"),
        (6, MULTI_DISCRETE, r"\(batch, 2, 3\).*\(batch, 6\).*Reshape\(\(2, 3\)\)"),
        (4, CONTINUOUS, "discrete actions.*Use `NormalNetwork`"),
    ],
)
def test_actions_that_do_not_fit(outputs, spec, message):
    with pytest.raises(ValueError, match=f"`CategoricalNetwork` expected .*{message}"):
        CategoricalNetwork(mlp(outputs), OBSERVATION, spec)
