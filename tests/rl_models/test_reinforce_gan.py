import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import baselines, losses, rewards
from keras_rlgen.distributions import Bernoulli, Normal
from keras_rlgen.models import GAN, StochasticGenerator
from keras_rlgen.rl_models import ReinforceGAN
from keras_rlgen.rl_models.reinforce_gan import by_latent
from tests import networks
from tests.networks import (
    TARGET,
    assert_same,
    closeness,
    differ,
    linear,
    real_samples,
    values,
)

KERNEL = np.array([[0.5, -0.3], [0.2, 0.8]], "float32")
BIAS = np.array([0.1, -0.2], "float32")
DIRECTION = np.array([[0.7], [-0.4]], "float32")
OFFSET = np.array([0.3], "float32")
SCALE = 0.5
REAL = real_samples(8)
STREAM = real_samples(50 * 64)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def first_value(samples):
    return samples[:, 0]


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class FailsAt(rewards.Reward):
    """NaN for one sample of the batch, the n-th time that it is trained on."""

    def __init__(self, step, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.step = step
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, samples, training=None):
        value = closeness(samples)
        if not training:
            return value
        self.calls.assign_add(1.0)
        is_bad = tf.range(tf.shape(value)[0]) == 1
        nan = tf.where(is_bad, np.nan, value)
        return tf.where(tf.equal(self.calls, self.step), nan, value)

    def get_config(self):
        return {**super().get_config(), "step": self.step}


class Spy(baselines.Baseline):
    """Keeps what it is shown."""

    def values(self, rewards, contexts):
        self.seen = np.array(rewards), np.array(contexts)
        return tf.zeros_like(rewards)


def sgd(generator=0.1, discriminator=0.0):
    return {
        "generator_optimizer": keras.optimizers.SGD(generator),
        "discriminator_optimizer": keras.optimizers.SGD(discriminator),
    }


def linear_gan(kernel=KERNEL, bias=BIAS, direction=DIRECTION, **kwargs):
    return ReinforceGAN(
        linear(2, 2, kernel, bias),
        linear(len(direction), 1, direction, OFFSET),
        2,
        **{
            "distribution": Normal(SCALE),
            "samples_per_latent": 1,
            "seed": 7,
            **kwargs,
        },
    )


def gradient(**kwargs):
    """Returns the generator's gradient of one step, flat."""
    gan = linear_gan()
    gan.compile(run_eagerly=True, **{**sgd(1.0), **kwargs})
    gan.train_on_batch(REAL)
    return flat([KERNEL, BIAS]) - flat(values(gan.generator))


def flat(arrays):
    return np.concatenate(arrays, axis=None)


# What the discriminator can tell, by its loss


@pytest.mark.parametrize("loss", ["least_squares", "wasserstein"])
@pytest.mark.parametrize("kind", ["score", "log_score", "softplus"])
def test_probabilities_need_a_loss_that_gives_some(loss, kind):
    gan, reward = linear_gan(), rewards.Discriminator(kind)
    with pytest.raises(ValueError, match=f"kind '{kind}', and .* gives no logits of a"):
        gan.compile(reward=0.5 * reward, loss=loss)
    assert not gan.compiled
    gan.compile(reward=reward)


def test_errors_need_a_boundary():
    gan = linear_gan()
    with pytest.raises(ValueError, match="kind 'error', .* has no boundary between"):
        gan.compile(reward=rewards.Discriminator("error"), loss="wasserstein")
    gan.compile(
        reward=rewards.Discriminator("error"),
        loss="least_squares",
        run_eagerly=True,
        **sgd(0.0, 0.0),
    )
    samples = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    logits = (samples @ DIRECTION + OFFSET)[:, 0]
    assert np.any((logits > 0.0) != (logits > 0.5))
    np.testing.assert_array_equal(gan.reward(samples), logits > 0.5)
    # The reward of generated samples and the accuracy on them are of the same event.
    logs = gan.evaluate(REAL, verbose=0, return_dict=True)
    accuracy = np.mean(REAL @ DIRECTION + OFFSET > 0.5)
    assert logs["discriminator_accuracy_real"] == pytest.approx(accuracy)


def test_a_critic_logs_no_accuracies():
    gan = linear_gan()
    gan.compile(
        reward=rewards.Discriminator("logit"), loss="wasserstein", run_eagerly=True
    )
    history = gan.fit(REAL, verbose=0).history
    assert not [key for key in history if "accuracy" in key]
    assert "reward_discriminator" in history


# The gradient


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def normal_samples(means, key):
    from tensorflow_probability import distributions as tfd

    policy = tfd.Independent(tfd.Normal(means, SCALE), 1)
    return policy.sample(seed=key).numpy()


def test_a_step_in_numpy():
    """The discriminator by cross-entropy, the generator by REINFORCE with RLOO."""
    gan = linear_gan()
    gan.compile(
        reward=rewards.Discriminator("log_score"),
        baseline="rloo",
        scale_advantages=False,
        loss="non_saturating",
        run_eagerly=True,
        **sgd(0.1, 0.2),
    )
    logs = gan.train_on_batch(REAL, return_dict=True)

    stream = keras.random.SeedGenerator(7)
    noise = tf.random.stateless_normal((8, 2), tf.cast(stream.next(), tf.int32))
    real = REAL + SCALE * noise.numpy()
    latents = np.array(keras.random.normal((8, 2), seed=stream))
    generated = normal_samples(
        latents @ KERNEL + BIAS, tf.cast(stream.next(), tf.int32)
    )
    real_logits, logits = real @ DIRECTION + OFFSET, generated @ DIRECTION + OFFSET
    real_slope, slope = (sigmoid(real_logits) - 1.0) / 8, sigmoid(logits) / 8
    direction = DIRECTION - 0.2 * (real.T @ real_slope + generated.T @ slope)
    offset = OFFSET - 0.2 * (real_slope + slope).sum(0)
    assert_same(values(gan.discriminator), [direction, offset], rtol=1e-4, atol=1e-6)

    latents = np.array(keras.random.normal((8, 2), seed=stream))
    means = latents @ KERNEL + BIAS
    samples = normal_samples(means, tf.cast(stream.next(), tf.int32))
    reward = np.log(sigmoid(samples @ direction + offset))[:, 0]
    advantages = reward - (reward.sum() - reward) / 7
    # d log N(x; m, s^2) / dm = (x - m) / s^2.
    slope = -advantages[:, None] * (samples - means) / SCALE**2 / 8
    kernel, bias = KERNEL - 0.1 * latents.T @ slope, BIAS - 0.1 * slope.sum(0)
    assert_same(values(gan.generator), [kernel, bias], rtol=1e-4, atol=1e-6)
    densities = -0.5 * ((samples - means) / SCALE) ** 2 - np.log(
        SCALE * np.sqrt(2.0 * np.pi)
    )
    expected = {
        "reward": reward.mean(),
        "reward_discriminator": reward.mean(),
        "advantage_std": advantages.std(),
        "entropy": np.log(2.0 * np.pi * np.e * SCALE**2),
        "generator_loss": -np.mean(advantages * densities.sum(-1)),
        "discriminator_accuracy_real": np.mean(real_logits > 0.0),
        "discriminator_accuracy_generated": np.mean(generated @ DIRECTION <= -OFFSET),
    }
    assert {key: logs[key] for key in expected} == pytest.approx(expected, rel=1e-4)


def drawn_gradients(gan, draws, batch):
    """Returns the generator's gradients of many batches, from the same weights."""
    start = values(gan.generator)
    real = np.zeros((batch, 2), "float32")
    gradients = []
    for _ in range(draws):
        gan.generator.set_weights(start)
        gan.train_on_batch(real)
        gradients.append(flat(start) - flat(values(gan.generator)))
    return np.array(gradients)


def assert_mean(gradients, expected, error):
    """The mean is within four standard errors, which are at most `error`."""
    standard_errors = gradients.std(axis=0, ddof=1) / np.sqrt(len(gradients))
    assert (standard_errors < error).all()
    deviations = (gradients.mean(axis=0) - expected) / standard_errors
    assert (np.abs(deviations) < 4.0).all(), deviations


def small_critic():
    return baselines.Critic(networks.discriminator(), keras.optimizers.SGD(0.05))


@pytest.mark.parametrize(
    "baseline, count",
    [
        ("none", 1),
        ("moving_average", 1),
        ("rloo", 1),
        (small_critic, 1),
        ("rloo", 4),
        (small_critic, 2),
    ],
)
def test_the_mean_gradient_is_the_pathwise_one(baseline, count):
    """For `x = z W + b + s e`, `-E[r] = |W|^2 + |b - t|^2 + 2 s^2`; all are normal.

    So the gradient is `2 W` and `2 (b - t)`, whatever the baseline.
    """
    gan = linear_gan(samples_per_latent=count)
    gan.compile(
        reward=closeness,
        baseline=baseline() if callable(baseline) else baseline,
        scale_advantages=False,
        jit_compile=False,
        **sgd(1.0),
    )
    gradients = drawn_gradients(gan, draws=50, batch=800 // count)
    assert_mean(gradients, flat([2.0 * KERNEL, 2.0 * (BIAS - TARGET)]), error=0.12)


def test_the_mean_gradient_of_a_discrete_policy():
    """For independent bits, `E[r] = sigmoid(b_1)`; the latents say nothing."""
    gan = linear_gan(kernel=np.zeros((2, 2)), distribution=Bernoulli())
    gan.compile(
        reward=first_value, scale_advantages=False, jit_compile=False, **sgd(1.0)
    )
    gradients = drawn_gradients(gan, draws=50, batch=400)
    share = sigmoid(BIAS[0])
    expected = [0.0] * 4 + [-share * (1.0 - share), 0.0]
    assert_mean(gradients, expected, error=0.01)


def test_normalised_advantages_do_not_know_the_scale_of_the_reward():
    scaled, plain = (
        gradient(reward=factor * rewards.FunctionReward(closeness))
        for factor in (10.0, 1.0)
    )
    np.testing.assert_allclose(scaled, plain, rtol=1e-3)
    raw = gradient(reward=closeness, scale_advantages=False)
    np.testing.assert_allclose(raw / plain, np.mean(raw / plain), rtol=1e-3)


def test_adversarial_weight_mixes_the_two_gradients():
    arguments = {"reward": closeness, "loss": "least_squares"}
    policy, pathwise, mixed = (
        gradient(adversarial_weight=weight, **arguments) for weight in (0.0, 1.0, 0.25)
    )
    np.testing.assert_allclose(mixed, 0.75 * policy + 0.25 * pathwise, rtol=1e-4)
    assert np.abs(policy - pathwise).max() > 0.1


def test_the_whole_adversarial_weight_leaves_no_dependence_on_the_reward():
    first, second = (
        gradient(adversarial_weight=1.0, reward=reward, baseline=baseline)
        for reward, baseline in ((closeness, "rloo"), (first_value, small_critic()))
    )
    np.testing.assert_array_equal(first, second)
    alone = [gradient(reward=reward) for reward in (closeness, first_value)]
    assert np.abs(alone[0] - alone[1]).max() > 0.1


def test_no_gradient_passes_through_the_discriminator_by_default():
    first, second = (
        gradient(reward=closeness, loss=loss) for loss in ("hinge", "least_squares")
    )
    np.testing.assert_array_equal(first, second)


# The reward


def test_the_error_reward_is_the_discriminators_mistake():
    """`1[D(x) > 1/2]` with `D = sigmoid(logit)`; a draw is no mistake."""
    gan = linear_gan()
    gan.compile(reward=rewards.Discriminator("error"), run_eagerly=True)
    samples = np.concatenate([4.0 * REAL - 3.0, [[0.0, 0.75]]]).astype("float32")
    probabilities = sigmoid(samples @ DIRECTION + OFFSET)[:, 0]
    probabilities[-1] = 0.5
    expected = (probabilities > 0.5).astype("float32")
    assert 0.0 < expected.mean() < 1.0
    value, _ = gan.reward.terms(tf.constant(samples))
    np.testing.assert_array_equal(value, expected)


def test_a_mixture_is_logged_by_its_terms():
    gan = linear_gan()
    mixture = (
        0.7 * rewards.Discriminator("logit")
        + 0.3 * rewards.FunctionReward(closeness)
        - rewards.FunctionReward(closeness)
    )
    gan.compile(reward=mixture, run_eagerly=True, **sgd())
    history = gan.fit(REAL, validation_data=(REAL,), verbose=0).history
    for prefix in ("", "val_"):
        terms = {
            key: history[prefix + key][0]
            for key in ("reward_discriminator", "reward_closeness")
        }
        assert history[f"{prefix}reward_closeness_2"][0] == terms["reward_closeness"]
        assert history[f"{prefix}reward"][0] == pytest.approx(
            0.7 * terms["reward_discriminator"] - 0.7 * terms["reward_closeness"],
            rel=1e-4,
        )


def test_evaluate_rewards_what_is_generated():
    gan = linear_gan(kernel=np.zeros((2, 2)))
    gan.compile(reward=closeness, run_eagerly=True)
    results = gan.evaluate(REAL, verbose=0, return_dict=True)
    # Without the noise, which only explores.
    assert results["reward"] == pytest.approx(-np.sum((BIAS - TARGET) ** 2), rel=1e-5)


def test_evaluate_judges_through_the_noise_of_training():
    gan = linear_gan(
        kernel=np.zeros((2, 2)), bias=np.zeros(2), direction=DIRECTION, ema_momentum=0.9
    )
    gan.compile(run_eagerly=True)
    gan.discriminator.layers[0].bias.assign([0.0])
    results = gan.evaluate(np.zeros((1000, 2)), batch_size=1000, return_dict=True)
    # Without it all logits would be zero, and no sample be told to be real.
    for side in ("real", "generated"):
        assert 0.4 < results[f"discriminator_accuracy_{side}"] < 0.6


def test_by_latent_keeps_the_samples_of_a_latent_together():
    samples = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    expected = [samples[j, i] for i in range(3) for j in range(2)]
    np.testing.assert_array_equal(by_latent(tf.constant(samples)), expected)
    images = tf.zeros((2, 3, 4, 4, 1))
    assert by_latent(images).shape == (6, 4, 4, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_rewards_are_grouped_by_latent(count):
    gan = linear_gan(
        kernel=np.eye(2),
        bias=np.zeros(2),
        distribution=Normal(1e-3),
        samples_per_latent=count,
    )
    spy = Spy()
    gan.compile(reward=first_value, baseline=spy, run_eagerly=True, **sgd())
    gan.train_on_batch(REAL)
    grouped, contexts = spy.seen
    assert grouped.shape == ((8, 3) if count == 3 else (1, 8))
    assert contexts.shape == (8, 2)
    # A sample is its latent and a little noise, so rewards are latents.
    expected = np.repeat(contexts[:, 0], count).reshape(grouped.shape)
    np.testing.assert_allclose(grouped, expected, atol=0.01)
    assert count == 1 or (np.ptp(grouped, axis=1) > 0.0).all()


def test_the_samples_of_a_pack_share_its_reward():
    direction = np.array([[0.7], [-0.4], [0.2], [0.5]], "float32")
    gan = linear_gan(direction=direction, packing=2, samples_per_latent=3)
    gan.compile(reward=rewards.Discriminator("logit"), run_eagerly=True, **sgd())
    value, _ = gan.reward.terms(tf.constant(REAL[:5]))
    packed = np.concatenate([REAL[:3], REAL[[3, 4, 0]]], axis=1)
    logits = (packed @ direction + OFFSET)[:, 0]
    np.testing.assert_allclose(value, [*logits, *logits[:2]], rtol=1e-5)
    history = gan.fit(REAL, batch_size=5, verbose=0).history
    assert np.isfinite(list(history.values())).all()


# The policy's randomness


def test_an_entropy_bonus_widens_a_learned_scale():
    """The entropy of a normal distribution is `log s + constant` an element."""
    gan = linear_gan(distribution=Normal(0.2, learned=True))
    gan.compile(reward="constant", entropy_weight=0.5, run_eagerly=True, **sgd(0.1))
    gan.fit(REAL, batch_size=4, epochs=2, verbose=0)
    scale = gan.generator.distribution.current_scale()
    np.testing.assert_allclose(scale, 0.2 * np.exp(4 * 0.1 * 0.5), rtol=1e-5)
    assert_same(values(gan.generator.network), [KERNEL, BIAS], atol=1e-6)


def test_a_scheduled_scale_counts_the_generators_updates():
    decay = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.2)
    gan = linear_gan(distribution=Normal(decay), discriminator_steps=2)
    gan.compile(run_eagerly=True, **sgd())
    gan.fit(REAL, batch_size=2, verbose=0)
    assert float(gan.generator.distribution.updates) == 2.0
    assert float(gan.generator.distribution.current_scale()) == pytest.approx(0.6)


def test_a_learned_scale_is_saved_and_averaged(tmp_path):
    gan = linear_gan(distribution=Normal(0.2, learned=True), ema_momentum=0.5)
    gan.compile(reward=closeness, run_eagerly=True, **sgd())
    gan.fit(REAL, batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    for part in ("generator", "average_generator"):
        weights = values(getattr(gan, part))
        assert len(weights) == 3
        assert_same(values(getattr(loaded, part)), weights)
    np.testing.assert_array_equal(loaded.generate(3, seed=0), gan.generate(3, seed=0))


def test_the_seed_is_that_of_a_plain_networks_policy():
    first, second = (linear_gan(distribution=Bernoulli()) for _ in range(2))
    latents = np.ones((20, 2))
    np.testing.assert_array_equal(
        first.predict(latents, verbose=0), second.predict(latents, verbose=0)
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_last_batch_of_one_sample_trains(count):
    gan = linear_gan(samples_per_latent=count)
    gan.compile(reward=closeness, run_eagerly=True, **sgd())
    start = values(gan.generator)
    gan.fit(REAL[:1], verbose=0)
    trained = values(gan.generator)
    assert differ(trained, start) and np.isfinite(flat(trained)).all()


# Learning


def distance(gan):
    return float(np.linalg.norm(gan.generate(400, seed=0).mean(axis=0) - TARGET))


@pytest.mark.parametrize("baseline", ["rloo", "moving_average"])
def test_it_learns_a_plain_function(baseline):
    gan = networks.reinforce_gan(distribution=Normal(0.2))
    adam = {
        "generator_optimizer": keras.optimizers.Adam(0.02),
        "discriminator_optimizer": keras.optimizers.Adam(0.02),
    }
    gan.compile(reward=closeness, baseline=baseline, jit_compile=False, **adam)
    before = distance(gan)
    history = gan.fit(STREAM, batch_size=64, epochs=3, verbose=0).history
    assert before > 1.0 and distance(gan) < 0.2
    assert history["reward"][0] < history["reward"][-1] - 0.15


def test_it_learns_a_gaussian():
    gan = networks.reinforce_gan(
        distribution=Normal(0.2), samples_per_latent=2, ema_momentum=0.95
    )
    gan.compile(
        keras.optimizers.Adam(0.01, beta_1=0.5),
        keras.optimizers.Adam(0.01, beta_1=0.5),
        reward=rewards.Discriminator("log_score"),
        loss=losses.NonSaturating(losses.R1Penalty(1.0)),
        jit_compile=False,
    )
    real = np.random.default_rng(0).normal(TARGET, 0.3, (200 * 64, 2))
    before = distance(gan)
    gan.fit(real, batch_size=64, verbose=0)
    assert before > 1.0 and distance(gan) < 0.2
    assert (gan.generate(400, seed=0).std(axis=0) > 0.05).all()


@pytest.mark.parametrize("baseline", ["rloo", "none"])
def test_a_constant_reward_teaches_nothing(baseline):
    gan = networks.reinforce_gan(distribution=Normal(0.2))
    gan.compile(
        keras.optimizers.Adam(0.02),
        keras.optimizers.Adam(0.02),
        reward="constant",
        baseline=baseline,
        scale_advantages=False,
        jit_compile=False,
    )
    before, start = distance(gan), values(gan.generator)
    judged = values(gan.discriminator)
    gan.fit(STREAM, batch_size=64, epochs=3, verbose=0)
    assert distance(gan) > 0.7 * before
    assert differ(values(gan.discriminator), judged)
    # With others to compare with, every advantage is zero.
    assert baseline == "none" or not differ(values(gan.generator), start)


def test_bits_learn_a_count():
    gan = linear_gan(distribution="bernoulli")
    gan.compile(keras.optimizers.Adam(0.1), reward=first_value, jit_compile=False)
    gan.fit(np.ones((60 * 64, 2)), batch_size=64, verbose=0)
    assert gan.generate(200, seed=0)[:, 0].mean() > 0.9


# Faults


@pytest.mark.parametrize(
    "how",
    [{}, {"steps_per_execution": 4}, {"steps_per_execution": 4, "jit_compile": True}],
    ids=["step", "steps", "jit"],
)
def test_a_reward_that_becomes_nan_stops_training(how, tmp_path):
    # Statistics of both networks are weights too.
    gan = ReinforceGAN(
        networks.stateful_generator(),
        networks.stateful_discriminator(),
        2,
        ema_momentum=0.9,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(0.01),
        keras.optimizers.SGD(0.1),
        reward=0.5 * FailsAt(6) + 0.1 * rewards.Discriminator("logit"),
        baseline=small_critic(),
        **{"jit_compile": False, **how},
    )

    def learned():
        parts = gan.generator, gan.average_generator, gan.baseline
        return values(*parts, gan.baseline.optimizer, gan.generator_optimizer)

    real = real_samples(32)
    gan.save_weights(tmp_path / "start.weights.h5")
    gan.fit(real[:20], batch_size=4, shuffle=False, verbose=0)
    last_good = learned()
    gan.load_weights(tmp_path / "start.weights.h5")
    with pytest.raises(FloatingPointError, match="'reward_fails_at' is not finite"):
        gan.fit(real, batch_size=4, shuffle=False, verbose=0)
    assert_same(learned(), last_good, rtol=1e-4, atol=1e-6)
    assert np.isfinite(flat(values(gan))).all()
    assert int(gan.generator_optimizer.iterations) == 5

    history = gan.fit(real, batch_size=4, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    assert np.isfinite(flat(values(gan))).all()
    assert int(gan.generator_optimizer.iterations) == 13


def test_a_fault_in_eager_mode_stops_at_once():
    gan = linear_gan()
    gan.compile(reward=FailsAt(2), run_eagerly=True, **sgd())
    gan.train_on_batch(REAL)
    last_good = values(gan.generator)
    with pytest.raises(FloatingPointError, match="reward_fails_at"):
        gan.train_on_batch(REAL)
    assert_same(values(gan.generator), last_good)


def bad_shape(samples):
    return samples


def scalar(samples):
    return tf.reduce_mean(samples)


def logarithm(samples):
    return tf.math.log(-tf.square(samples[:, 0]))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"reward": bad_shape},
            r"'bad_shape' expected to return shape \(batch,\).*2\)",
        ),
        ({"reward": scalar}, r"'scalar' expected.*Received: \(\)"),
        ({"reward": logarithm}, "term 'logarithm' is not finite on generated samples"),
        ({"reward": "beauty"}, "Unknown reward: 'beauty'. Expected one of"),
        ({"baseline": "mean"}, "Unknown baseline: 'mean'. Expected one of"),
        ({"loss": "mse"}, "'mse'"),
        ({"adversarial_weight": 1.5}, r"in \[0, 1\]. Received: 1.5"),
        ({"adversarial_weight": -0.1}, r"in \[0, 1\]. Received: -0.1"),
        ({"entropy_weight": 0.1}, r"fixed or scheduled.*learned=True"),
    ],
)
def test_bad_arguments_of_compile_leave_the_model_as_it_was(arguments, message):
    gan = linear_gan()
    with pytest.raises(ValueError, match=message):
        gan.compile(**arguments)
    assert not gan.compiled
    gan.compile(reward=closeness, run_eagerly=True, **sgd())
    with pytest.raises(ValueError, match=message):
        gan.compile(**arguments)
    assert "reward_closeness" in gan.fit(REAL, verbose=0).history


def test_discrete_samples_carry_no_pathwise_gradient():
    gan = linear_gan(distribution="bernoulli")
    with pytest.raises(ValueError, match="`Bernoulli` carry no pathwise gradient"):
        gan.compile(adversarial_weight=0.5)
    gan.compile(adversarial_weight=0.0)


def test_real_bits_are_bits():
    gan = linear_gan(distribution="bernoulli")
    gan.compile(run_eagerly=True)
    with pytest.raises(ValueError, match=r"output range \[0, 1\]"):
        gan.fit(4.0 * REAL, verbose=0)


def test_a_generator_has_one_distribution():
    policy = StochasticGenerator(networks.generator(), "normal")
    with pytest.raises(ValueError, match="distribution of its own, Normal"):
        ReinforceGAN(policy, networks.discriminator(), 2, distribution="normal")


@pytest.mark.parametrize("count", [0, 1.5])
def test_samples_per_latent_is_checked(count):
    with pytest.raises(ValueError, match=f"positive integer. Received: {count}"):
        networks.reinforce_gan(samples_per_latent=count)


# Configurations


def test_config_is_complete():
    gan = networks.reinforce_gan(
        distribution=Normal(0.3),
        samples_per_latent=3,
        discriminator_steps=2,
        ema_momentum=0.5,
        name="policy_gan",
    )
    config = gan.get_config()
    arguments = {
        *inspect.signature(ReinforceGAN).parameters,
        *inspect.signature(GAN).parameters,
    }
    # The distribution is the generator's.
    assert set(config) == arguments - {"kwargs", "distribution"} | {"dtype"}
    copy = ReinforceGAN.from_config(config)
    assert copy.get_config() == config
    assert copy.generator.distribution.scale == 0.3


def test_compile_config_is_complete():
    gan = networks.reinforce_gan()
    assert gan.get_compile_config() is None
    gan.compile(
        reward=0.5 * rewards.Discriminator("score") + closeness,
        baseline=baselines.MovingAverage(0.5),
        scale_advantages=False,
        adversarial_weight=0.25,
        loss="hinge",
        metrics=["kernel_distance"],
        jit_compile=False,
    )
    config = gan.get_compile_config()
    arguments = {
        *inspect.signature(ReinforceGAN.compile).parameters,
        *inspect.signature(GAN.compile).parameters,
        "run_eagerly",
        "steps_per_execution",
        "jit_compile",
    }
    assert set(config) == arguments - {"self", "kwargs"}
    copy = networks.reinforce_gan()
    copy.compile_from_config(config)
    again = copy.get_compile_config()
    # A trained baseline's configuration also says how it was built.
    assert again == config
    assert copy.baseline.momentum == 0.5


def test_a_second_compile_forgets_the_first(tmp_path):
    gan = networks.reinforce_gan()
    gan.compile(reward=rewards.UniformRandom(seed=1), baseline="critic")
    gan.compile(reward=rewards.UniformRandom(seed=2), run_eagerly=True, **sgd())
    gan.fit(REAL, verbose=0)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert_same(values(loaded), values(gan))
    assert int(gan.reward.seed_generator.state[0]) == 2
    np.testing.assert_array_equal(
        loaded.reward.seed_generator.state, gan.reward.seed_generator.state
    )


def test_a_reward_judges_by_the_discriminator_of_one_model(tmp_path):
    reward = 0.5 * rewards.Discriminator("logit") + closeness
    gan, other = networks.reinforce_gan(), networks.reinforce_gan()
    for _ in range(2):
        gan.compile(reward=reward, run_eagerly=True, **sgd())
    with pytest.raises(ValueError, match="that of a second. Make a reward for each"):
        other.compile(reward=reward)
    assert not other.compiled
    other.compile(reward=gan.get_compile_config()["reward"])
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    loaded.discriminator.layers[-1].bias.assign([10.0])
    samples = tf.constant(REAL)
    _, terms = gan.reward.terms(samples)
    np.testing.assert_allclose(
        terms["discriminator"], gan.discriminator(samples)[:, 0], rtol=1e-5
    )
    _, loaded_terms = loaded.reward.terms(samples)
    np.testing.assert_allclose(
        loaded_terms["discriminator"], terms["discriminator"] + 10.0, rtol=1e-5
    )


def test_a_lambda_as_reward_is_not_saved(tmp_path):
    gan = networks.reinforce_gan()
    gan.compile(reward=lambda samples: samples[:, 0])
    with pytest.raises(ValueError, match="lambda.*not registered"):
        gan.save(tmp_path / "gan.keras")
    assert not (tmp_path / "gan.keras").exists()


# What is chosen where nothing is given


def adam(optimizer):
    assert type(optimizer) is keras.optimizers.Adam
    return float(optimizer.learning_rate), optimizer.beta_1


@pytest.mark.parametrize("given", [(), ("adam",), ("adam", "adam")])
def test_the_optimizers_of_adam_by_name_or_of_none(given):
    gan, plain = networks.reinforce_gan(), networks.gan()
    for model, rates in ((gan, (2e-3, 1e-3)), (plain, (1e-3, 1e-3))):
        model.compile(*given, run_eagerly=True)
        assert adam(model.generator_optimizer) == pytest.approx((rates[0], 0.5))
        assert adam(model.discriminator_optimizer) == pytest.approx((rates[1], 0.5))
    gan.compile(optimizer="adam", run_eagerly=True)
    assert adam(gan.generator_optimizer) == pytest.approx((2e-3, 0.5))
    # What is given wins, and is copied.
    gan.compile(keras.optimizers.Adam(0.1), run_eagerly=True)
    assert adam(gan.discriminator_optimizer) == pytest.approx((0.1, 0.9))


def test_the_default_settings():
    gan = networks.reinforce_gan()
    gan.compile(run_eagerly=True)
    assert gan.samples_per_latent == 8 and gan.ema_momentum == 0.99
    assert gan.generator.distribution.scale == (0.3, 0.03)
    assert gan.reward.kind == "logit"
    assert gan.adversarial_loss.penalty.weight == pytest.approx(0.01)
    by_name = networks.reinforce_gan(distribution="normal")
    assert by_name.generator.distribution.scale == (0.3, 0.03)
    assert networks.gan(ema_momentum=None).average_generator is None


@pytest.mark.parametrize(("size", "count"), [(8, 8), (20, 16), (28, 32), (64, 32)])
def test_samples_of_a_latent_rise_with_the_elements_of_a_sample(size, count):
    shape = size, size, 1
    dense = keras.layers.Dense(size * size), keras.layers.Reshape(shape)
    generator = keras.Sequential([keras.Input((1,)), *dense])
    judge = keras.layers.Flatten(), keras.layers.Dense(1)
    discriminator = keras.Sequential([keras.Input(shape), *judge])
    gan = ReinforceGAN(generator, discriminator, 1, ema_momentum=None)
    assert gan.samples_per_latent == gan.get_config()["samples_per_latent"] == count


class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


def test_the_noise_falls_over_the_updates_of_fit(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_rlgen.distributions.normal.FEWEST_UPDATES", 1.0)
    gan = networks.reinforce_gan(discriminator_steps=2)
    gan.compile(run_eagerly=True)
    plan = {"batch_size": 2, "epochs": 4, "shuffle": False, "verbose": 0}
    gan.fit(REAL, callbacks=[Stop()], **plan)
    # After two of eight updates.
    assert float(gan.generator.distribution.current_scale()) == pytest.approx(
        0.3 * 0.1**0.25
    )
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    for model in (gan, loaded):
        model.fit(REAL, initial_epoch=1, **plan)
        distribution = model.generator.distribution
        assert float(distribution.current_scale()) == pytest.approx(0.03)
        assert float(distribution.updates) == 8.0
    assert_same(values(loaded), values(gan), rtol=1e-4, atol=1e-6)


def test_it_learns_with_nothing_given():
    target = np.array([0.5, -0.4])
    real = np.random.default_rng(0).normal(target, 0.2, (500 * 32, 2))
    gan = networks.reinforce_gan()
    gan.compile(jit_compile=False)
    before = gan.generate(400, seed=0).mean(0)
    gan.fit(real.astype("float32"), batch_size=32, verbose=0)
    after = gan.generate(400, seed=0).mean(0)
    assert np.linalg.norm(before - target) > 0.4
    assert np.linalg.norm(after - target) < 0.25
