import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.estimators import QLearning
from tests.estimators import problems

ONE = tf.ones((1, 1))


def table():
    """Returns an encoder of a constant: its kernel is a table of two times three."""
    layer = keras.layers.Dense(6, use_bias=False, kernel_initializer="zeros")
    return keras.Sequential(
        [keras.layers.Input((1,)), layer, keras.layers.Reshape((2, 3))]
    )


def posterior_of(encoder, samples, condition):
    assert condition is None
    return problems.codes_posterior(encoder(samples))


def prepared(encoder, beta=1.0, **options):
    estimator = QLearning(**options)
    posterior = posterior_of(encoder, ONE, None)
    estimator.prepare(encoder, ONE, None, posterior, beta)
    return estimator


def step(estimator, encoder, optimizer, key, count=8):
    """Draws codes, takes one step of the regression; returns its logs."""
    samples = tf.ones((count, 1))
    keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
    with tf.GradientTape() as tape:
        posterior = posterior_of(encoder, samples, None)
        latents = estimator.draw(posterior, keys[0])
        values = tf.transpose(problems.value_of_codes(latents))
        draws = problems.draws_of(posterior, latents, values)
        loss, logs = estimator.loss(draws, encoder, posterior_of, keys[1])
    variables = encoder.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    estimator.learn(draws, encoder)
    return logs


def mean_field(beta, rounds=200):
    """The factorised posterior of `VALUES` by coordinate ascent, in NumPy."""
    policy = np.full((2, 3), 1 / 3)
    for _ in range(rounds):
        policy[0] = problems.softmax(problems.VALUES @ policy[1] / beta)
        policy[1] = problems.softmax(policy[0] @ problems.VALUES / beta)
    return policy


@pytest.mark.parametrize("exploration", ["softmax", "epsilon_greedy"])
def test_its_posterior_becomes_that_of_the_bound(exploration):
    """Softmax draws reach the optimum; greedy ones the values at the best codes."""
    beta, encoder = 2.0, table()
    estimator = prepared(
        encoder,
        beta,
        baseline="none",
        exploration=exploration,
        replay_capacity=256,
        target_update_period=5,
    )
    rate = keras.optimizers.schedules.PolynomialDecay(0.05, 600, 0.0)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(encoder.trainable_variables)

    @tf.function(jit_compile=True)
    def train():
        for index in tf.range(600):
            step(estimator, encoder, optimizer, tf.stack([7, index]), count=64)

    train()
    values = beta * encoder(ONE)[0].numpy()
    if exploration == "softmax":
        policy = mean_field(beta)
        np.testing.assert_allclose(problems.softmax(values / beta), policy, atol=0.03)
    else:
        best = np.unravel_index(problems.VALUES.argmax(), (3, 3))
        assert tuple(values.argmax(-1)) == best


def test_its_loss_in_numpy():
    encoder = table()
    kernel = np.arange(6, dtype="float32").reshape(1, 6) / 4
    encoder.layers[0].kernel.assign(kernel)
    estimator = prepared(
        encoder, num_samples=1, baseline="none", temperature=0.5, replay_capacity=4
    )
    estimator.target_encoder.layers[0].kernel.assign(-kernel)
    posterior = posterior_of(encoder, ONE, None)
    latents = tf.one_hot([[[2, 1]]], 3)
    draws = problems.draws_of(posterior, latents, tf.constant([[3.0]]))
    # Nothing is kept yet, so that the single fresh row is what is drawn.
    loss, logs = estimator.loss(draws, encoder, posterior_of, tf.constant([0, 1]))

    values, targets = 0.5 * kernel.reshape(2, 3), -0.5 * kernel.reshape(2, 3)
    policy = problems.softmax(targets / 0.5)
    advantages = targets - (policy * targets).sum(-1, keepdims=True)
    errors = (
        3.0 - advantages[1, 1] - values[0, 2],
        3.0 - advantages[0, 2] - values[1, 1],
    )
    assert float(loss) == pytest.approx(sum(e**2 for e in errors) / 2, rel=1e-5)
    assert float(logs["q_loss"]) == float(loss)


def test_the_target_network_moves_when_it_is_due():
    encoder = table()
    estimator = prepared(encoder, target_update_period=2, target_update_tau=0.25)
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(encoder.trainable_variables)
    source, target = encoder.layers[0], estimator.target_encoder.layers[0]
    assert source is not target
    step(estimator, encoder, optimizer, tf.constant([0, 1]))
    assert np.abs(source.kernel).max() > 0.0 and not np.any(target.kernel)
    step(estimator, encoder, optimizer, tf.constant([0, 2]))
    np.testing.assert_allclose(target.kernel, 0.25 * source.kernel.numpy())


def test_greedy_draws_explore_as_often_as_they_should():
    estimator = QLearning(3000, exploration="epsilon_greedy", epsilon=0.3)
    posterior = problems.codes_posterior(tf.constant(problems.LOGITS)[None])
    share = estimator.draw(posterior, tf.constant([1, 2])).numpy()[:, 0].mean(0)
    expected = 0.1 + 0.7 * np.eye(3)[problems.LOGITS.argmax(-1)]
    error = np.sqrt(expected * (1 - expected) / 3000)
    assert (np.abs(share - expected) < 4 * error).all()


def test_the_temperature_is_beta_unless_it_is_given():
    assert prepared(table(), beta=0.5).q_temperature == 0.5
    assert prepared(table(), beta=0.5, temperature=2.0).q_temperature == 2.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exploration": "none"}, "`exploration` to be one of"),
        ({"epsilon": 1.5}, r"`epsilon` in \[0, 1\]. Received: 1.5"),
        ({"temperature": 0.0}, "`temperature` > 0. Received: temperature=0"),
        ({"target_update_tau": 0.0}, r"`target_update_tau` in \(0, 1\]"),
        ({"target_update_period": 0}, "`target_update_period` to be a positive"),
        ({"replay_capacity": 0}, "`capacity` to be a positive integer"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        QLearning(**options)


def test_beta_of_zero_leaves_no_posterior():
    with pytest.raises(ValueError, match=r"Pass `QLearning\(temperature=...\)`"):
        prepared(table(), beta=0.0)
