import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import baselines


def linear():
    return keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.SGD(0.1),
        lambda: keras.optimizers.SGD(0.1, loss_scale_factor=8.0),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    ],
    ids=["plain", "loss_scale_factor", "loss_scale_optimizer"],
)
def test_one_update_is_a_step_of_least_squares(make):
    network = linear()
    weights = np.array([[1.0], [-2.0]])
    network.set_weights([weights, np.array([0.5])])
    critic = baselines.Critic(network, make())
    contexts = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, -1.0], [1.0, 1.0]])
    rewards = np.array([[1.0, -1.0], [3.0, 0.0]])
    critic.prepare(tf.zeros((2, 2)))
    critic.update(tf.constant(rewards, tf.float32), tf.constant(contexts, tf.float32))
    # The first batch is normalised by its own moments.
    targets = (rewards.ravel() - rewards.mean()) / (rewards.std() + 1e-4)
    error = contexts @ weights[:, 0] + 0.5 - targets
    new_weights, new_bias = network.get_weights()
    # The mean square error over four contexts has the gradient 2 / 4 error x.
    step = 0.1 * 0.5 * error
    np.testing.assert_allclose(
        new_weights[:, 0], weights[:, 0] - step @ contexts, rtol=1e-4
    )
    np.testing.assert_allclose(new_bias, [0.5 - step.sum()], rtol=1e-4)


def test_values_are_in_row_order_and_only_infer():
    network = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dropout(0.9), keras.layers.Dense(1)]
    )
    network.set_weights([np.array([[1.0], [10.0]]), np.zeros(1)])
    critic = baselines.Critic(network)
    critic.prepare(tf.zeros((2, 2)))
    contexts = tf.constant([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]])
    for rewards, expected in (
        (tf.zeros((2, 2)), [[1.0, 2.0], [3.0, 10.0]]),
        (tf.ones((1, 4)), [[1.0, 2.0, 3.0, 10.0]]),
    ):
        np.testing.assert_allclose(critic.values(rewards, contexts), expected)
        np.testing.assert_allclose(critic(rewards, contexts), expected)


def test_a_context_for_each_row_is_as_one_for_each_reward():
    contexts = tf.constant([[1.0, 0.0], [2.0, 1.0]])
    rewards = tf.constant([[1.0, -1.0, 4.0], [3.0, 0.0, 2.0]])
    critics = [baselines.Critic(linear(), keras.optimizers.SGD(0.1)) for _ in range(2)]
    critics[1].network.set_weights(critics[0].network.get_weights())
    given = contexts, tf.repeat(contexts, 3, axis=0)
    for critic, of in zip(critics, given, strict=True):
        critic.prepare(contexts)
        critic.update(rewards, of)
    values = [c.values(rewards, of) for c, of in zip(critics, given, strict=True)]
    assert values[0].shape == (2, 3)
    np.testing.assert_allclose(*values, rtol=1e-5)


@pytest.mark.parametrize(
    ("jit_compile", "offset", "scale"), [(False, 0.0, 1.0), (True, -300.0, 40.0)]
)
def test_it_learns_what_a_context_is_worth(jit_compile, offset, scale):
    """Whatever the rewards' scale."""
    keras.utils.set_random_seed(0)
    critic = baselines.Critic(optimizer=keras.optimizers.Adam(0.01))
    critic.prepare(tf.zeros((2, 2)))
    random = np.random.default_rng(0)

    @tf.function(jit_compile=jit_compile)
    def step(rewards, contexts):
        values = critic.values(rewards, contexts)
        critic.update(rewards, contexts)
        return tf.reduce_mean(tf.square(rewards - values))

    errors = []
    for _ in range(200):
        contexts = random.normal(size=(64, 2)).astype("float32")
        worth = np.abs(contexts[:, 0]) - contexts[:, 1]
        noise = random.normal(scale=0.1, size=64)
        rewards = offset + scale * (worth + noise)[np.newaxis].astype("float32")
        errors.append(float(step(tf.constant(rewards), tf.constant(contexts))))
    errors = np.array(errors) / scale**2
    assert errors[0] > 1.0
    # No less than the noise, of variance 0.01.
    assert 0.005 < np.mean(errors[-20:]) < 0.06


def test_the_default_network_takes_contexts_of_any_shape():
    critic = baselines.Critic()
    critic.prepare(tf.zeros((2, 4, 4, 1)))
    values = critic.values(tf.zeros((1, 3)), tf.zeros((3, 4, 4, 1)))
    assert values.shape == (1, 3)
    assert [w.shape for w in critic.trainable_weights] == [
        (16, 256),
        (256,),
        (256, 256),
        (256,),
        (256, 1),
        (1,),
    ]


@pytest.mark.parametrize(
    "make",
    [
        keras.optimizers.Adam,
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()),
    ],
)
def test_preparing_again_keeps_what_was_learned(make):
    critic = baselines.Critic(optimizer=make())
    critic.prepare(tf.zeros((2, 2)))
    rewards, contexts = tf.ones((1, 4)), tf.ones((4, 2))
    critic.update(rewards, contexts)
    before = critic.values(rewards, contexts)
    variables = critic.optimizer.variables
    critic.prepare(tf.zeros((2, 2)))
    assert [id(v) for v in critic.optimizer.variables] == [id(v) for v in variables]
    np.testing.assert_array_equal(critic.values(rewards, contexts), before)
    assert int(critic.optimizer.iterations) == 1


def test_config_round_trip():
    critic = baselines.Critic(linear(), keras.optimizers.SGD(0.25), name="worth")
    config = keras.saving.serialize_keras_object(critic)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is baselines.Critic and restored.name == "worth"
    assert type(restored.optimizer) is keras.optimizers.SGD
    assert float(restored.optimizer.learning_rate) == 0.25
    assert restored.network.get_config() == critic.network.get_config()


def test_config_round_trip_before_there_is_a_network():
    config = keras.saving.serialize_keras_object(baselines.Critic(optimizer="sgd"))
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.network is None
    assert type(restored.optimizer) is keras.optimizers.SGD


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(keras.layers.Dense(2), (3, 2)), (keras.layers.Reshape((2, 1)), (3, 2, 1))],
)
def test_a_network_without_one_value_a_context_is_refused(layer, shape):
    network = keras.Sequential([keras.layers.Input((2,)), layer])
    with pytest.raises(ValueError, match="one value per context, of shape") as error:
        baselines.Critic(network).prepare(tf.zeros((3, 2)))
    assert f"Received: {shape} for contexts of shape (3, 2)" in str(error.value)
    assert "Dense(1)" in str(error.value)
