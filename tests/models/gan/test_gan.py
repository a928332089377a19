import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.models import GAN, StochasticGenerator
from tests import networks
from tests.networks import assert_same, differ, linear, real_samples, values

REAL = real_samples(6)
KERNEL = np.array([[0.5, -0.3], [0.2, 0.8]], "float32")
BIAS = np.array([0.1, -0.2], "float32")
DIRECTION = np.array([[0.7], [-0.4]], "float32")
OFFSET = np.array([0.3], "float32")


class Shifted(losses.NonSaturating):
    boundary = -0.25


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


def sgd(generator=0.1, discriminator=0.2):
    return {
        "generator_optimizer": keras.optimizers.SGD(generator),
        "discriminator_optimizer": keras.optimizers.SGD(discriminator),
    }


def stream_of_a_step():
    """Returns the random stream of a model of seed 7, past the key of `_as_seen`."""
    stream = keras.random.SeedGenerator(7)
    stream.next()
    return stream


def latents_of(stream, count=6):
    return np.array(keras.random.normal((count, 2), seed=stream))


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_step_of_the_non_saturating_game(run_eagerly):
    """Goodfellow et al., 2014, algorithm 1, in NumPy, with `-log D` for G."""
    gan = GAN(linear(2, 2, KERNEL, BIAS), linear(2, 1, DIRECTION, OFFSET), 2, seed=7)
    gan.compile(
        loss="non_saturating", run_eagerly=run_eagerly, jit_compile=False, **sgd()
    )
    logs = gan.train_on_batch(REAL, return_dict=True)

    stream = stream_of_a_step()
    generated = latents_of(stream) @ KERNEL + BIAS
    real_logits = REAL @ DIRECTION + OFFSET
    generated_logits = generated @ DIRECTION + OFFSET
    d_loss = np.mean(softplus(-real_logits)) + np.mean(softplus(generated_logits))
    real_slope = (sigmoid(real_logits) - 1.0) / 6
    generated_slope = sigmoid(generated_logits) / 6
    direction = DIRECTION - 0.2 * (REAL.T @ real_slope + generated.T @ generated_slope)
    offset = OFFSET - 0.2 * (real_slope.sum(0) + generated_slope.sum(0))

    latents = latents_of(stream)
    logits = (latents @ KERNEL + BIAS) @ direction + offset
    slope = (sigmoid(logits) - 1.0) / 6 @ direction.T
    kernel = KERNEL - 0.1 * latents.T @ slope
    bias = BIAS - 0.1 * slope.sum(0)

    assert_same(values(gan.discriminator), [direction, offset], rtol=1e-4, atol=1e-6)
    assert_same(values(gan.generator), [kernel, bias], rtol=1e-4, atol=1e-6)
    expected = {
        "discriminator_loss": d_loss,
        "generator_loss": np.mean(softplus(-logits)),
        "discriminator_accuracy_real": np.mean(real_logits > 0.0),
        "discriminator_accuracy_generated": np.mean(generated_logits <= 0.0),
    }
    assert logs == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "boundary"),
    [("least_squares", 0.5), ("hinge", 0.0), (Shifted(), -0.25)],
)
def test_accuracies_split_at_the_boundary_of_the_loss(loss, boundary):
    # Logits of real samples are 1 and 0.3, those of generated ones 0.2.
    gan = GAN(linear(2, 1, np.zeros((2, 1)), [0.2]), linear(1, 1, [[1.0]], [0.0]), 2)
    gan.compile(loss=loss, run_eagerly=True, **sgd(0.0, 0.0))
    real = np.array([[1.0], [0.3], [1.0], [1.0]], "float32")
    expected = {
        "discriminator_accuracy_real": np.mean(real > boundary),
        "discriminator_accuracy_generated": float(0.2 <= boundary),
    }
    history = gan.fit(real, verbose=0).history
    scores = gan.evaluate(real, verbose=0, return_dict=True)
    for logs in (history, scores):
        found = {key: np.ravel(logs[key])[0] for key in expected}
        assert found == pytest.approx(expected)


def test_a_perfect_discriminator_of_least_squares_errs_on_nothing():
    """At its targets, 1 and 0."""
    gan = GAN(linear(2, 1, np.zeros((2, 1)), [0.0]), linear(1, 1, [[1.0]], [0.0]), 2)
    gan.compile(loss="least_squares", run_eagerly=True, **sgd(0.0, 0.0))
    logs = gan.train_on_batch(np.ones((4, 1)), return_dict=True)
    assert logs["discriminator_loss"] == 0.0
    assert logs["discriminator_accuracy_real"] == 1.0
    assert logs["discriminator_accuracy_generated"] == 1.0


def test_a_critic_has_no_accuracies():
    gan = networks.gan()
    names = {"discriminator_accuracy_real", "discriminator_accuracy_generated"}
    gan.compile(loss="wasserstein", run_eagerly=True)
    logs = gan.fit(REAL, epochs=2, verbose=0).history
    scores = gan.evaluate(REAL, verbose=0, return_dict=True)
    assert set(logs) == set(scores) == {"discriminator_loss", "generator_loss"}
    assert not names & {metric.name for metric in gan.metrics}
    gan.compile(run_eagerly=True)
    assert names < set(gan.fit(REAL, verbose=0).history)


def test_a_step_of_the_wasserstein_game_with_gradient_penalty():
    """Gulrajani et al., 2017, algorithm 1, on a critic `v . tanh(x A + a) + c`."""
    critic = networks.discriminator()
    gan = GAN(linear(2, 2, KERNEL, BIAS), critic, 2, seed=7)
    gan.compile(
        loss=losses.Wasserstein(losses.GradientPenalty(3.0)), run_eagerly=True, **sgd()
    )
    inner, inner_bias, outer, outer_bias = map(tf.Variable, values(critic))
    logs = gan.train_on_batch(REAL, return_dict=True)

    def value(x):
        return tf.tanh(x @ inner + inner_bias) @ outer + outer_bias

    stream = stream_of_a_step()
    generated = latents_of(stream) @ KERNEL + BIAS
    key = tf.cast(stream.next(), tf.int32)
    position = tf.random.stateless_uniform((6, 1), key)
    between = position * generated + (1.0 - position) * REAL
    weights = [inner, inner_bias, outer, outer_bias]
    with tf.GradientTape() as tape:
        hidden = tf.tanh(between @ inner + inner_bias)
        slopes = (tf.transpose(outer) * (1.0 - hidden**2)) @ tf.transpose(inner)
        norms = tf.norm(slopes, axis=-1)
        d_loss = (
            tf.reduce_mean(value(generated))
            - tf.reduce_mean(value(REAL))
            + 3.0 * tf.reduce_mean((norms - 1.0) ** 2)
        )
    for weight, gradient in zip(weights, tape.gradient(d_loss, weights), strict=True):
        weight.assign_sub(0.2 * gradient)
    assert_same(values(critic), [w.numpy() for w in weights], rtol=1e-4, atol=1e-6)

    kernel, bias = tf.Variable(KERNEL), tf.Variable(BIAS)
    with tf.GradientTape() as tape:
        g_loss = -tf.reduce_mean(value(latents_of(stream) @ kernel + bias))
    for weight, gradient in zip(
        (kernel, bias), tape.gradient(g_loss, [kernel, bias]), strict=True
    ):
        weight.assign_sub(0.1 * gradient)
    assert_same(
        values(gan.generator), [kernel.numpy(), bias.numpy()], rtol=1e-4, atol=1e-6
    )
    assert logs["discriminator_loss"] == pytest.approx(float(d_loss), rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(float(g_loss), rel=1e-5)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_the_generator_waits_for_the_discriminator(run_eagerly):
    gan = networks.gan(discriminator_steps=3, ema_momentum=0.9)
    gan.compile(run_eagerly=run_eagerly, jit_compile=False, **sgd())
    for batch in range(1, 8):
        generator, discriminator = values(gan.generator), values(gan.discriminator)
        average = values(gan.average_generator)
        gan.train_on_batch(REAL)
        assert differ(values(gan.discriminator), discriminator)
        assert differ(values(gan.generator), generator) == (batch % 3 == 0)
        assert differ(values(gan.average_generator), average) == (batch % 3 == 0)
    assert int(gan.generator_optimizer.iterations) == 2
    assert int(gan.discriminator_optimizer.iterations) == 7


def test_the_average_forgets_the_first_weights_sooner():
    gan = networks.gan(ema_momentum=0.3)
    gan.compile(run_eagerly=True, **sgd())
    expected = values(gan.generator)
    for step in range(1, 6):
        gan.train_on_batch(REAL)
        momentum = min(0.3, (1 + step) / (10 + step))
        expected = [
            momentum * average + (1.0 - momentum) * value
            for average, value in zip(expected, values(gan.generator), strict=True)
        ]
    # 2 / 11, 3 / 12 and then 0.3.
    assert_same(values(gan.average_generator), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("count, fill", [(6, []), (5, [0]), (1, [0])])
def test_the_discriminator_judges_packs(count, fill):
    """A step of PacGAN's discriminator (Lin et al., 2018, section 3), in NumPy."""
    direction = np.array([[0.7], [-0.4], [0.2], [0.5]], "float32")
    gan = GAN(
        linear(2, 2, KERNEL, BIAS),
        linear(4, 1, direction, OFFSET),
        2,
        packing=2,
        seed=7,
    )
    gan.compile(loss="non_saturating", run_eagerly=True, **sgd(generator=0.0))
    gan.train_on_batch(REAL[:count])

    def packs(samples):
        samples = samples[[*range(count), *fill]]
        half = len(samples) // 2
        return np.concatenate([samples[:half], samples[half:]], axis=1)

    latents = latents_of(stream_of_a_step(), count)
    real, generated = packs(REAL[:count]), packs(latents @ KERNEL + BIAS)
    real_slope = (sigmoid(real @ direction + OFFSET) - 1.0) / len(real)
    generated_slope = sigmoid(generated @ direction + OFFSET) / len(generated)
    expected = direction - 0.2 * (real.T @ real_slope + generated.T @ generated_slope)
    np.testing.assert_allclose(
        values(gan.discriminator)[0], expected, rtol=1e-4, atol=1e-6
    )


def test_images_are_packed_along_their_channels():
    discriminator = keras.Sequential(
        [
            keras.layers.Input((4, 4, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    gan = GAN(networks.image_generator(), discriminator, 2, packing=3)
    gan.compile(run_eagerly=True)
    # The last batch has fewer images than a pack.
    gan.fit(np.zeros((7, 4, 4, 1)), batch_size=6, verbose=0)
    assert gan.generate(2).shape == (2, 4, 4, 1)


@pytest.mark.parametrize("loss", [losses.NonSaturating, losses.Hinge])
def test_it_learns_a_gaussian(loss):
    target = np.array([1.0, -0.5])
    gan = networks.gan(ema_momentum=0.95)
    adam = [keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2)]
    gan.compile(*adam, loss=loss(losses.R1Penalty(1.0)), jit_compile=False)
    before = gan.generate(400, seed=0)
    real = np.random.default_rng(0).normal(target, 0.3, (200 * 64, 2))
    gan.fit(real, batch_size=64, verbose=0)
    after = gan.generate(400, seed=0)
    assert np.linalg.norm(before.mean(0) - target) > 0.9
    assert np.linalg.norm(after.mean(0) - target) < 0.2
    assert (after.std(0) > 0.05).all()


def test_config_is_complete():
    gan = networks.gan(
        discriminator_steps=2,
        ema_momentum=0.5,
        seed=4,
        name="my_gan",
        dtype="mixed_float16",
    )
    config = gan.get_config()
    arguments = set(inspect.signature(GAN).parameters) - {"kwargs"}
    assert set(config) == arguments | {"dtype"}
    copy = GAN.from_config(config)
    assert copy.get_config() == config
    assert copy.dtype_policy.name == "mixed_float16"


def test_compile_config_is_complete():
    gan = networks.gan()
    assert gan.get_compile_config() is None
    gan.compile(
        keras.optimizers.RMSprop(0.3),
        keras.optimizers.SGD(0.2),
        loss=losses.LeastSquares(losses.R1Penalty(2.0)),
        metrics=["kernel_distance"],
        steps_per_execution=3,
        jit_compile=False,
    )
    config = gan.get_compile_config()
    arguments = set(inspect.signature(GAN.compile).parameters) - {"self", "kwargs"}
    assert set(config) == arguments | {
        "run_eagerly",
        "steps_per_execution",
        "jit_compile",
    }
    copy = networks.gan()
    copy.compile_from_config(config)
    assert copy.get_compile_config() == config
    assert copy.adversarial_loss.penalty.weight == 2.0
    assert isinstance(copy.generator_optimizer, keras.optimizers.RMSprop)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"latent_dim": 3}, r"latent_dim\) = \(batch, 3\). Its input: \(None, 2\)"),
        ({"latent_dim": 0}, "`latent_dim` to be a positive integer. Received: 0"),
        ({"latent_dim": 2.0}, "`latent_dim` to be a positive integer"),
        ({"discriminator_steps": 0}, "`discriminator_steps` to be a positive integer"),
        ({"packing": 0}, "`packing` to be a positive integer"),
        ({"packing": 2}, r"packs of 2: \('batch', 4\).*\(None, 2\)"),
        ({"ema_momentum": 1.0}, r"`ema_momentum` in \[0, 1\) or None. Received: 1.0"),
        (
            {"discriminator": networks.discriminator(size=3)},
            r"Generator output: \('batch', 2\).*Discriminator input: \(None, 3\)",
        ),
        (
            {"discriminator": networks.discriminator(outputs=2)},
            r"logits of shape \(batch,\) or \(batch, 1\). Received: \(1, 2\)",
        ),
    ],
)
def test_bad_arguments(arguments, message):
    good = {
        "generator": networks.generator(),
        "discriminator": networks.discriminator(),
        "latent_dim": 2,
    }
    with pytest.raises(ValueError, match=message):
        GAN(**{**good, **arguments})


@pytest.mark.parametrize("distribution", ["bernoulli", "categorical"])
def test_discrete_samples_are_not_trained_through(distribution):
    policy = StochasticGenerator(networks.generator(), distribution, seed=0)
    gan = GAN(policy, networks.discriminator(), networks.LATENT_DIM, seed=0)
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="carry no pathwise gradient.*ReinforceGAN"):
        gan.train_on_batch(np.zeros((4, 2)))


@pytest.mark.parametrize("discriminator_steps", [1, 2])
def test_accumulated_gradients(discriminator_steps):
    gan = networks.gan(discriminator_steps=discriminator_steps)
    optimizers = [
        keras.optimizers.Adam(1e-2, gradient_accumulation_steps=2) for _ in range(2)
    ]
    gan.compile(*optimizers, jit_compile=False)
    before = values(gan.generator)
    gan.fit(real_samples(16), batch_size=2, verbose=0)
    assert differ(values(gan.generator), before)
    assert int(gan.discriminator_optimizer.iterations) == 4


def test_an_average_of_a_generator_with_a_lambda():
    generator = networks.generator()
    generator.add(keras.layers.Lambda(lambda x: 2.0 * x))
    gan = GAN(generator, networks.discriminator(), 2, ema_momentum=0.9)
    assert_same(values(gan.average_generator), values(generator))


def test_networks_and_data_that_cannot_learn():
    with pytest.raises(ValueError, match="returns logits"):
        sigmoid_end = [networks.discriminator(), keras.layers.Activation("sigmoid")]
        GAN(networks.generator(), keras.Sequential(sigmoid_end), 2)
    with pytest.raises(TypeError, match="`generator` to be a Keras model"):
        GAN(None, networks.discriminator(), 2)
    gan = networks.gan()
    with pytest.raises(ValueError, match="learning rate"):
        gan.compile(keras.optimizers.Adam(-1.0))
    with pytest.raises(ValueError, match="`metrics` to be a list"):
        gan.compile(metrics="frechet_distance")


@pytest.mark.parametrize(
    "fit, message",
    [
        ({"y": np.zeros(6, int)}, "has no condition, and would ignore it"),
        ({"sample_weight": np.ones(6)}, "does not use `sample_weight`"),
        ({"validation_data": (REAL, np.zeros(6, int))}, "has no condition"),
        ({"validation_data": (REAL, None, np.ones(6))}, "does not use"),
    ],
)
def test_what_would_be_ignored_is_refused(fit, message):
    gan = networks.gan()
    gan.compile(jit_compile=False)
    with pytest.raises(ValueError, match=message):
        gan.fit(REAL, verbose=0, **fit)
