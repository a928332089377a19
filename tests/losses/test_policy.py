import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import distributions, losses

CATEGORICAL = ("categorical", np.eye(3), np.array([0.3, -0.8, 0.5]))
BERNOULLI = (
    "bernoulli",
    np.array(list(itertools.product([0.0, 1.0], repeat=3))),
    np.array([0.4, -1.1, 0.2]),
)
POLICIES = pytest.mark.parametrize(
    ("name", "outcomes", "parameters"),
    [CATEGORICAL, BERNOULLI],
    ids=["categorical", "bernoulli"],
)


def rewards_of(outcomes):
    """Any reward will do; this one is not linear in the outcome."""
    return np.random.default_rng(len(outcomes)).normal(2.0, 3.0, size=len(outcomes))


def probabilities(name, outcomes, parameters):
    """The probability of each outcome, in float64 from the definition."""
    if name == "categorical":
        weights = np.exp(parameters)
        return outcomes @ (weights / weights.sum())
    on = 1.0 / (1.0 + np.exp(-parameters))
    return np.prod(np.where(outcomes == 1.0, on, 1.0 - on), axis=1)


def exact_gradient(name, outcomes, parameters, step=1e-5):
    """The gradient of -E[reward], by enumeration and finite differences."""

    def value(at):
        return -probabilities(name, outcomes, at) @ rewards_of(outcomes)

    shifts = step * np.eye(len(parameters))
    return np.array(
        [(value(parameters + s) - value(parameters - s)) for s in shifts]
    ) / (2.0 * step)


def estimate(name, parameters, samples, advantages):
    """The gradient of the loss for one batch of samples."""
    parameters = tf.constant(parameters, tf.float32)
    distribution = distributions.get(name)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        rows = tf.repeat(parameters[tf.newaxis], len(samples), axis=0)
        log_probs = distribution.tfp_distribution(rows).log_prob(samples)
        loss = losses.policy_gradient_loss(log_probs, advantages)
    return tape.gradient(loss, parameters).numpy()


@POLICIES
@pytest.mark.parametrize("baseline", [0.0, 2.5])
def test_the_estimate_is_unbiased(name, outcomes, parameters, baseline):
    weights = probabilities(name, outcomes, parameters)
    assert weights.sum() == pytest.approx(1.0)
    mean = sum(
        weight * estimate(name, parameters, outcome[None], [reward - baseline])
        for weight, outcome, reward in zip(
            weights, outcomes, rewards_of(outcomes), strict=True
        )
    )
    expected = exact_gradient(name, outcomes, parameters)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(mean, expected, rtol=1e-4, atol=1e-5)


def mean_over_pairs(name, outcomes, parameters, baseline_of):
    weights, rewards = probabilities(name, outcomes, parameters), rewards_of(outcomes)
    mean = 0.0
    for first, second in itertools.product(range(len(outcomes)), repeat=2):
        pair = np.array([[rewards[first], rewards[second]]])
        advantages = (pair - baseline_of(pair))[0]
        gradient = estimate(name, parameters, outcomes[[first, second]], advantages)
        mean = mean + weights[first] * weights[second] * gradient
    return mean


@POLICIES
def test_leave_one_out_is_unbiased(name, outcomes, parameters):
    mean = mean_over_pairs(name, outcomes, parameters, losses.leave_one_out_baseline)
    expected = exact_gradient(name, outcomes, parameters)
    np.testing.assert_allclose(mean, expected, rtol=1e-4, atol=1e-5)


def test_a_mean_with_the_own_sample_would_be_biased():
    mean = mean_over_pairs(*CATEGORICAL, lambda pair: pair.mean(axis=1, keepdims=True))
    # Half of the own reward is taken from itself.
    np.testing.assert_allclose(mean, 0.5 * exact_gradient(*CATEGORICAL), rtol=1e-3)


def test_loss_by_hand():
    loss = losses.policy_gradient_loss(
        tf.constant([-1.0, -2.0, -0.5]), tf.constant([3.0, 0.5, -2.0])
    )
    assert loss.shape == () and loss.dtype == tf.float32
    assert float(loss) == pytest.approx((3.0 + 1.0 - 1.0) / 3.0)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_advantages_are_constants(jit_compile):
    parameter = tf.Variable(0.7)

    @tf.function(jit_compile=jit_compile)
    def gradient():
        with tf.GradientTape() as tape:
            log_probs = parameter * tf.constant([-1.0, -2.0])
            advantages = tf.exp(parameter) * tf.constant([1.0, 3.0])
            loss = losses.policy_gradient_loss(log_probs, advantages)
        return tape.gradient(loss, parameter)

    # With e^p constant: -(e^p * -1 + 3 e^p * -2) / 2.
    assert float(gradient()) == pytest.approx(3.5 * np.exp(0.7), rel=1e-5)


@pytest.mark.parametrize("shape", [(3,), (2, 1)])
def test_shapes_that_differ_are_refused(shape):
    with pytest.raises(ValueError, match="of the same shape") as error:
        losses.policy_gradient_loss(tf.zeros(2), tf.zeros(shape))
    assert f"Received: (2,) and {shape}" in str(error.value)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("shape", [(1, 7), (3, 2), (4, 5)])
def test_leave_one_out_is_the_mean_of_the_others(shape, jit_compile):
    rewards = np.random.default_rng(0).normal(size=shape)
    expected = np.zeros(shape)
    for group, row in enumerate(rewards):
        for own in range(len(row)):
            others = [row[other] for other in range(len(row)) if other != own]
            expected[group, own] = sum(others) / len(others)
    function = tf.function(losses.leave_one_out_baseline, jit_compile=jit_compile)
    baseline = function(tf.constant(rewards, tf.float32))
    assert baseline.dtype == tf.float32
    np.testing.assert_allclose(baseline, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_normalized_advantages_have_a_mean_square_of_one(jit_compile):
    function = tf.function(losses.scale_advantages, jit_compile=jit_compile)
    # The mean square is (9 + 1 + 16 + 10) / 4 = 9.
    advantages = tf.constant([3.0, -1.0, 4.0, np.sqrt(10.0)])
    np.testing.assert_allclose(function(advantages), advantages / 3.0, rtol=1e-5)


@pytest.mark.parametrize("value", [5.0, -0.01])
def test_equal_advantages_stay_of_size_one(value):
    normalized = losses.scale_advantages(tf.fill([4], value))
    np.testing.assert_allclose(normalized, np.full(4, np.sign(value)), rtol=1e-3)


def test_advantages_of_zero_stay_zero():
    normalized = losses.scale_advantages(tf.zeros(4))
    np.testing.assert_array_equal(normalized, np.zeros(4))


# Of the elements of samples

MASK = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0]])
ELEMENTS = np.random.default_rng(0).normal(size=(3, 3)).astype("float32")


@pytest.mark.parametrize("advantages", [[2.0, -1.0, 0.5], ELEMENTS[::-1].tolist()])
def test_the_loss_of_elements_in_numpy(advantages):
    """Every element counts alike, whichever sample it is of."""
    total = 0.0
    for row in range(3):
        for step in range(3):
            advantage = advantages[row]
            if isinstance(advantage, list):
                advantage = advantage[step]
            total -= MASK[row, step] * advantage * ELEMENTS[row, step]
    loss = losses.policy_gradient_loss(ELEMENTS, tf.constant(advantages), MASK)
    assert float(loss) == pytest.approx(total / 6.0, rel=1e-5)


def test_without_a_mask_it_is_that_of_samples_a_step():
    advantages = tf.constant([2.0, -1.0, 0.5])
    loss = losses.policy_gradient_loss(ELEMENTS, advantages)
    whole = losses.policy_gradient_loss(ELEMENTS.sum(axis=1), advantages)
    assert float(loss) == pytest.approx(float(whole) / 3.0, rel=1e-5)


def test_advantages_of_another_batch_are_refused():
    with pytest.raises(ValueError, match=r"Received: \(3, 3\) and \(2,\)"):
        losses.policy_gradient_loss(ELEMENTS, tf.zeros(2))
