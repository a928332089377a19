import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.losses import gradient_penalty

SEED = tf.constant([3, 4], tf.int32)


def smooth_network():
    """Returns a discriminator of images 2 x 3 x 1, and the same one in float64."""
    random = np.random.default_rng(0)
    hidden, output = random.normal(size=(6, 5)), random.normal(size=(5, 1))
    network = keras.Sequential(
        [
            keras.layers.Input((2, 3, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(5, activation="tanh", use_bias=False),
            keras.layers.Dense(1, use_bias=False),
        ]
    )
    network.set_weights([hidden, output])

    def exact(images):
        return np.tanh(images.reshape(len(images), 6) @ hidden) @ output[:, 0]

    return network, exact


def finite_difference_norm(function, samples, step=1e-5):
    """The norm of a function's gradient at each sample, one element at a time."""
    squares = np.zeros(len(samples))
    for index in np.ndindex(samples.shape[1:]):
        shift = np.zeros(samples.shape[1:])
        shift[index] = step
        slope = (function(samples + shift) - function(samples - shift)) / (2.0 * step)
        squares += slope**2
    return np.sqrt(squares)


def images(seed, count=8):
    return np.random.default_rng(seed).normal(size=(count, 2, 3, 1))


def test_squared_norm_is_that_of_finite_differences():
    network, exact = smooth_network()
    samples = images(0)
    squares = gradient_penalty.squared_gradient_norm(
        network, tf.constant(samples, tf.float32)
    )
    assert squares.shape == (8,) and squares.dtype == tf.float32
    expected = finite_difference_norm(exact, samples) ** 2
    np.testing.assert_allclose(squares, expected, rtol=1e-4)


def test_gradient_penalty_is_taken_on_the_lines_between_real_and_generated():
    network, exact = smooth_network()
    seen = []

    def discriminator(samples):
        seen.append(samples.numpy().astype("float64"))
        return network(samples)

    real, generated = images(1), images(2)
    penalty = losses.GradientPenalty(7.0)(
        discriminator,
        tf.constant(real, tf.float32),
        tf.constant(generated, tf.float32),
        SEED,
    )
    (points,) = seen
    # One position for all elements of a sample, another for each sample.
    position = (points - real) / (generated - real)
    np.testing.assert_allclose(
        position, np.broadcast_to(position[:, :1, :1], position.shape), atol=1e-4
    )
    first = position[:, 0, 0, 0]
    assert first.min() > 0.0 and first.max() < 1.0 and np.ptp(first) > 0.3
    norm = finite_difference_norm(exact, points)
    assert float(penalty) == pytest.approx(7.0 * np.mean((norm - 1.0) ** 2), rel=1e-4)


def test_positions_on_the_lines_are_uniform():
    # The gradient of |x|^2 / 2 is x, so on the line from 0 to a unit vector the norm
    # is the position u, and E[(u - 1)^2] = 1/3.
    generated = tf.repeat([[0.6, 0.8]], 20_000, axis=0)

    def discriminator(samples):
        return tf.reduce_sum(tf.square(samples), axis=-1) / 2.0

    penalty = losses.GradientPenalty(1.0)
    value = penalty(discriminator, tf.zeros_like(generated), generated, SEED)
    assert float(value) == pytest.approx(1.0 / 3.0, abs=0.01)
    assert value == penalty(discriminator, tf.zeros_like(generated), generated, SEED)
    other = penalty(discriminator, tf.zeros_like(generated), generated, SEED + 1)
    assert value != other


def test_r1_penalty_is_taken_at_real_samples():
    network, exact = smooth_network()
    real, generated = images(1), images(2)
    penalty = losses.R1Penalty(3.0)(
        network,
        tf.constant(real, tf.float32),
        tf.constant(generated, tf.float32),
        SEED,
    )
    norm = finite_difference_norm(exact, real)
    assert float(penalty) == pytest.approx(1.5 * np.mean(norm**2), rel=1e-4)


def linear_penalty(penalty, weights, jit_compile):
    """Returns the penalty of `D(x) = w x` and its gradient with respect to `w`."""
    weights = tf.Variable(np.reshape(weights, (2, 1)), dtype=tf.float32)
    real, generated = tf.constant([[1.0, 2.0]] * 4), tf.constant([[0.0, -1.0]] * 4)

    @tf.function(jit_compile=jit_compile)
    def value_and_gradient():
        with tf.GradientTape() as tape:
            value = penalty(lambda x: x @ weights, real, generated, SEED)
        return value, tape.gradient(value, weights)[:, 0]

    return value_and_gradient()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_penalties_of_a_linear_discriminator_train_it(jit_compile):
    # |grad D| = |w| = 5 everywhere.
    value, gradient = linear_penalty(
        losses.GradientPenalty(2.0), [3.0, -4.0], jit_compile
    )
    assert float(value) == pytest.approx(2.0 * (5.0 - 1.0) ** 2, rel=1e-5)
    np.testing.assert_allclose(gradient, [16.0 * 0.6, 16.0 * -0.8], rtol=1e-5)
    value, gradient = linear_penalty(losses.R1Penalty(2.0), [3.0, -4.0], jit_compile)
    assert float(value) == pytest.approx(25.0, rel=1e-5)
    np.testing.assert_allclose(gradient, [6.0, -8.0], rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("penalty", "expected"),
    [(losses.GradientPenalty(2.0), 2.0), (losses.R1Penalty(2.0), 0.0)],
)
def test_a_flat_discriminator_has_a_finite_gradient(penalty, expected, jit_compile):
    value, gradient = linear_penalty(penalty, [0.0, 0.0], jit_compile)
    assert float(value) == pytest.approx(expected, abs=1e-4)
    np.testing.assert_array_equal(gradient, [0.0, 0.0])


@pytest.mark.parametrize("penalty", [losses.GradientPenalty, losses.R1Penalty])
def test_config_round_trip(penalty):
    config = keras.saving.serialize_keras_object(penalty(weight=0.25))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is penalty and restored.get_config() == {"weight": 0.25}


@pytest.mark.parametrize("penalty", [losses.GradientPenalty, losses.R1Penalty])
@pytest.mark.parametrize("weight", [-0.5, float("nan")])
def test_negative_weights_are_refused(penalty, weight):
    message = f"`{penalty.__name__}` expected `weight` >= 0. Received: weight={weight}"
    with pytest.raises(ValueError, match=message):
        penalty(weight)


def discriminator(norm):
    hidden = [keras.layers.Dense(4), norm, keras.layers.Dense(1)]
    return keras.Sequential([keras.layers.Input((3,)), *hidden])


@pytest.mark.parametrize("penalty", [losses.GradientPenalty(), losses.R1Penalty()])
def test_a_discriminator_that_normalises_over_the_batch_is_refused(penalty):
    network = discriminator(keras.layers.BatchNormalization(name="norm_1"))
    with pytest.raises(ValueError, match="'norm_1'.*Use `LayerNormalization`"):
        gradient_penalty.check_penalised(network, penalty)
    gradient_penalty.check_penalised(network, None)
    network = discriminator(keras.layers.LayerNormalization())
    gradient_penalty.check_penalised(network, penalty)


@pytest.mark.parametrize("weight", ["1", None, True, float("nan"), float("inf"), -1.0])
def test_weights_that_are_no_numbers(weight):
    with pytest.raises(ValueError, match="`R1Penalty` expected `weight` >= 0"):
        losses.R1Penalty(weight)


def test_the_class_of_a_penalty():
    with pytest.raises(TypeError, match="Expected `penalty` to be a `GradientPenalty`"):
        losses.NonSaturating(penalty=losses.R1Penalty)
