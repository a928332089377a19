import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal

KEY = tf.constant([1, 2], tf.int32)
MEANS = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")


def halving():
    """From 0.8, half as much every ten updates."""
    return keras.optimizers.schedules.ExponentialDecay(0.8, 10, 0.5)


def learned(scale=0.5, shape=(3, 4), **kwargs):
    normal = Normal(scale, learned=True, **kwargs)
    normal.build((None, *shape))
    return normal


def log_density(samples, means, scale):
    """The logarithm of the normal density, summed over a sample's elements."""
    squares = ((np.asarray(samples) - means) / scale) ** 2
    elements = -0.5 * squares - np.log(scale) - 0.5 * np.log(2.0 * np.pi)
    return elements.sum(axis=tuple(range(1, means.ndim)))


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("make", "scale"),
    [
        (lambda: Normal(0.3), 0.3),
        (lambda: Normal(halving()), 0.8),
        (lambda: Normal((0.8, 0.1)), 0.8),
        (lambda: learned(0.5), 0.5),
    ],
    ids=["fixed", "scheduled", "falling", "learned"],
)
def test_samples_and_their_log_probabilities(make, scale, jit_compile):
    normal = make()

    @tf.function(jit_compile=jit_compile)
    def draw(means):
        policy = normal.tfp_distribution(means)
        samples = policy.sample(seed=KEY)
        return samples, policy.log_prob(samples), policy.entropy()

    samples, log_probs, entropy = draw(tf.constant(MEANS))
    assert samples.shape == (2, 3, 4) and samples.dtype == tf.float32
    assert log_probs.shape == entropy.shape == (2,)
    noise = (samples - MEANS) / scale
    assert 0.6 < np.std(noise) < 1.4
    np.testing.assert_allclose(
        log_probs, log_density(samples, MEANS, scale), rtol=1e-4, atol=1e-4
    )
    expected = 12 * 0.5 * np.log(2.0 * np.pi * np.e * scale**2)
    np.testing.assert_allclose(entropy, [expected] * 2, rtol=1e-4)


def test_exploration_emits_the_mean():
    normal = Normal(0.3)
    assert normal.exploration and normal.reparameterized
    np.testing.assert_array_equal(normal(tf.constant(MEANS), seed=KEY), MEANS)
    half = tf.constant(MEANS, tf.float16)
    assert normal.mode(half).dtype == tf.float32


def test_a_learned_scale_emits_samples():
    normal = learned()
    assert not normal.exploration and normal.reparameterized
    samples = normal(tf.constant(MEANS), seed=KEY)
    assert not np.any(np.equal(samples, MEANS))
    np.testing.assert_array_equal(samples, normal(tf.constant(MEANS), seed=KEY))
    np.testing.assert_array_equal(normal.mode(tf.constant(MEANS)), MEANS)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_real_samples_get_the_noise_of_exploration(jit_compile):
    normal = Normal(halving())
    for _ in range(10):
        normal.advance()
    real = tf.fill((100, 10, 10), 3.0)
    perturbed = tf.function(normal.perturb, jit_compile=jit_compile)(real, KEY)
    noise = perturbed - real
    assert perturbed.dtype == tf.float32
    assert float(tf.reduce_mean(noise)) == pytest.approx(0.0, abs=0.02)
    assert float(tf.math.reduce_std(noise)) == pytest.approx(0.4, rel=0.03)
    other = normal.perturb(real, KEY + 1)
    assert np.any(np.not_equal(perturbed, other))


def test_real_samples_get_no_noise_that_is_part_of_the_model():
    real = tf.constant(MEANS)
    np.testing.assert_array_equal(learned().perturb(real, KEY), real)


def test_samples_carry_a_gradient():
    means, normal = tf.constant(MEANS), learned()
    with tf.GradientTape() as tape:
        tape.watch(means)
        samples = normal.tfp_distribution(means).sample(seed=KEY)
    to_means, to_scale = tape.gradient(samples, [means, normal.log_scale.value])
    np.testing.assert_allclose(to_means, np.ones((2, 3, 4)))
    # x = mean + exp(log_scale) * noise.
    expected = (samples - MEANS).numpy().sum(axis=0)
    np.testing.assert_allclose(to_scale, expected, rtol=1e-4, atol=1e-5)


def test_what_a_learner_may_ask_of_it():
    assert learned().has_learned_entropy and not Normal(0.3).has_learned_entropy
    assert not Normal(halving()).has_learned_entropy
    assert Normal(0.3).value_range is None


def test_a_schedule_counts_updates():
    normal = Normal(halving())
    scales = []
    for _ in range(21):
        scales.append(float(normal.current_scale()))
        normal.advance()
    np.testing.assert_allclose(scales[::10], [0.8, 0.4, 0.2], rtol=1e-5)
    assert float(normal.updates) == 21.0
    assert normal.trainable_variables == []
    (count,) = normal.variables
    assert count.path.endswith("updates")


def test_a_schedule_moves_inside_a_graph():
    normal = Normal(halving())

    @tf.function
    def step():
        scale = normal.current_scale()
        normal.advance()
        return scale

    scales = [float(step()) for _ in range(11)]
    assert scales[0] == pytest.approx(0.8) and scales[10] == pytest.approx(0.4)


def test_a_pair_of_scales_falls_over_the_planned_updates():
    normal = Normal((0.4, 0.1))

    def scale_after(num_updates):
        normal.updates.assign(num_updates)
        return float(normal.current_scale())

    assert normal.exploration and normal.trainable_variables == []
    # A thousand at least.
    normal.plan(10)
    assert scale_after(0) == pytest.approx(0.4)
    assert scale_after(500) == pytest.approx(0.2)
    assert scale_after(3000) == pytest.approx(0.1)
    # Once fallen it stays; before that, later plans count.
    normal.plan(9000)
    assert scale_after(3000) == pytest.approx(0.1)
    normal.updates.assign(500.0)
    normal.plan(1500)
    assert scale_after(1000) == pytest.approx(0.2)


def test_config_round_trip_of_a_pair():
    restored = round_trip(Normal((0.4, 0.1)))
    restored.updates.assign(500.0)
    assert restored.scale == (0.4, 0.1)
    assert float(restored.current_scale()) == pytest.approx(0.2)


def test_a_fixed_scale_has_no_variables():
    normal = Normal(0.3)
    normal.advance()
    assert normal.current_scale() == 0.3 and normal.variables == []


def test_a_learned_scale_starts_at_the_given_one_and_has_a_floor():
    normal = learned(0.5, shape=(3,), min_scale=0.1)
    (log_scale,) = normal.trainable_variables
    assert log_scale.shape == (3,)
    np.testing.assert_allclose(normal.current_scale(), [0.5] * 3, rtol=1e-6)
    log_scale.assign(np.log([0.01, 0.2, 3.0]))
    np.testing.assert_allclose(normal.current_scale(), [0.1, 0.2, 3.0], rtol=1e-5)


def test_a_learned_scale_finds_the_spread_of_data():
    data = tf.random.stateless_normal((256, 2), KEY) * [0.2, 2.0]
    normal = learned(1.0, shape=(2,))
    optimizer = keras.optimizers.Adam(0.05)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            policy = normal.tfp_distribution(tf.zeros((1, 2)))
            loss = -tf.reduce_mean(policy.log_prob(data))
        variables = normal.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    for _ in range(150):
        step()
    np.testing.assert_allclose(normal.current_scale(), [0.2, 2.0], rtol=0.15)


def round_trip(normal):
    config = keras.saving.serialize_keras_object(normal)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is Normal
    assert restored.get_config() == normal.get_config()
    return restored


def test_config_round_trip_of_a_learned_scale():
    normal = Normal(0.7, learned=True, min_scale=0.2, name="spread")
    restored = round_trip(normal)
    assert (restored.scale, restored.learned, restored.min_scale) == (0.7, True, 0.2)
    assert restored.name == "spread" and not restored.exploration


def test_config_round_trip_of_a_schedule():
    restored = round_trip(Normal(halving()))
    for _ in range(10):
        restored.advance()
    assert float(restored.current_scale()) == pytest.approx(0.4)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), (0.3, 0.0), (0.3,)])
def test_a_scale_that_is_not_positive_is_refused(scale):
    received = re.escape(f"Received: scale={scale}")
    with pytest.raises(ValueError, match=f"`scale` > 0.*{received}"):
        Normal(scale)


@pytest.mark.parametrize("scale", [halving(), (0.3, 0.1)])
def test_a_learned_schedule_is_refused(scale):
    with pytest.raises(ValueError, match="Received a pair or a schedule as `scale`"):
        Normal(scale, learned=True)


def test_a_floor_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="Expected `min_scale` > 0. Received: 0.0"):
        Normal(0.1, learned=True, min_scale=0.0)
