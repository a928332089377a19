"""`RewardTuner` by its options: credit of steps, aggregation, ratios, preferences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import policy_gradient_loss
from keras_rlgen.models import Draw, RecurrentBackbone, SequenceGenerator
from keras_rlgen.rl_models import (
    DirectPreferenceOptimization,
    GroupRelativePolicyOptimization,
    PolicyGradient,
    RewardTuner,
)
from keras_rlgen.rl_models.algorithms.penalised_returns import penalised_returns
from tests.models.token_model import TokenModel, all_samples
from tests.rl_models.policies import Die
from tests.rl_models.test_tuning_by_elements import (
    LOGITS,
    SGD,
    START,
    exact_gradient,
    log_prob,
    log_softmax,
    objective,
    pays_tokens,
    tuned,
)


def moves(tuner, repeats=8):
    """Returns the steps of many batches from the same logits."""
    steps = []
    for _ in range(repeats):
        tuner.generator.logits.assign(LOGITS)
        tuner.train_step(tf.constant(0))
        steps.append(tuner.generator.logits.numpy() - LOGITS)
    return np.array(steps)


def assert_mean(steps, expected, error=0.02):
    standard_errors = np.std(steps, axis=0, ddof=1) / np.sqrt(len(steps))
    assert (standard_errors < error).all() and np.abs(expected).max() > 0.05
    assert (np.abs(np.mean(steps, axis=0) - expected) < 4.5 * standard_errors).all()


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    "algorithm", [PolicyGradient("rloo"), PolicyGradient("moving_average")]
)
def test_credit_of_steps_has_the_exact_gradient(algorithm, ends):
    tuner = tuned(
        ends,
        algorithm=algorithm,
        kl_weight=0.7,
        kl_credit="step",
        entropy_weight=0.3,
        num_samples=4000,
    )
    _, length = objective(LOGITS, ends, 0.7, 0.3)
    assert_mean(moves(tuner), exact_gradient(ends, 0.7, 0.3) / length)


def test_credit_of_steps_has_less_variance():
    """Of the cost alone, and over independent tokens, most of it is noise."""
    variances = {}
    for credit in ("sample", "step"):
        tuner = tuned(
            False,
            reward=lambda samples: 0.0 * pays_tokens(samples),
            kl_weight=1.0,
            kl_credit=credit,
            num_samples=16,
        )
        variances[credit] = moves(tuner, 20).var(axis=0).sum()
    assert variances["step"] < 0.8 * variances["sample"]


def test_a_constant_normaliser_has_the_exact_gradient_of_samples():
    """Whatever the lengths: the sum over steps, by the longest length of 3."""
    tuner = tuned(
        True,
        algorithm=GroupRelativePolicyOptimization(
            scale_advantages="none", aggregation="constant"
        ),
        kl_weight=0.7,
        num_samples=4000,
    )
    # The mean of the group includes the sample itself.
    expected = exact_gradient(True, 0.7, 0.0) / 3 * (1 - 1 / 4000)
    assert_mean(moves(tuner), expected)


def drawn(tuner, count):
    """Returns the samples of the first step, and their mask."""
    key = tf.cast(keras.random.SeedGenerator(1).next(), tf.int32)
    draw_key = tf.random.experimental.stateless_split(key, 3)[1]
    draw = tuner.generator.draw(count, draw_key)
    return draw.samples.numpy(), draw.mask.numpy()


def policy_gradient(samples, mask, advantages, weights):
    """Sums `weight * advantage * grad log pi` of each step, at `LOGITS`."""
    probabilities = np.exp(log_softmax(LOGITS))
    gradient = np.zeros((3, 3))
    for row, step in np.argwhere(mask):
        score = (np.arange(3) == samples[row, step]) - probabilities[step]
        gradient[step] += weights[row] * advantages[row] * score
    return gradient


@pytest.mark.parametrize("algorithm", ["grpo", "dapo", "dr_grpo", "gspo"])
def test_the_first_update_of_named_algorithms_in_numpy(algorithm):
    tuner = tuned(
        True, algorithm=algorithm, kl_weight=0.3, num_samples=12, group_size=4
    )
    samples, mask = drawn(tuner, 12)
    tuner.train_step(tf.constant(0))
    log_pi, log_start = (log_prob(x, samples, mask) for x in (LOGITS, START))
    returns = (pays_tokens(samples).numpy() - 0.3 * (log_pi - log_start)).reshape(3, 4)
    advantages = returns - returns.mean(axis=1, keepdims=True)
    if algorithm != "dr_grpo":
        advantages /= returns.std(axis=1, keepdims=True) + 1e-4
    lengths = mask.sum(axis=1)
    weights = {
        "dr_grpo": np.full(12, 1.0 / (12 * 3)),
        "gspo": 1.0 / (12 * lengths),
    }.get(algorithm, np.full(12, 1.0 / mask.sum()))
    expected = policy_gradient(samples, mask, advantages.ravel(), weights)
    moved = tuner.generator.logits.numpy() - LOGITS
    np.testing.assert_allclose(moved, expected, rtol=1e-3, atol=1e-5)


def test_preferences_in_numpy():
    """DPO: the pair of each group, against the start."""
    tuner = tuned(
        True,
        algorithm=DirectPreferenceOptimization(beta=0.5),
        num_samples=12,
        group_size=4,
    )
    assert float(tuner.kl_penalty.value()) == 0.0
    samples, mask = drawn(tuner, 12)
    logs = tuner.train_step(tf.constant(0))
    log_pi, log_start = (log_prob(x, samples, mask) for x in (LOGITS, START))
    ratios = (log_pi - log_start).reshape(3, 4)
    rewards = pays_tokens(samples).numpy().reshape(3, 4)
    advantages, losses = np.zeros((3, 4)), []
    for row in range(3):
        best, worst = rewards[row].argmax(), rewards[row].argmin()
        margin = 0.5 * (ratios[row, best] - ratios[row, worst])
        losses.append(np.log1p(np.exp(-margin)))
        weight = 0.5 / (1.0 + np.exp(margin)) / 3
        advantages[row, best] += weight
        advantages[row, worst] -= weight
    expected = policy_gradient(samples, mask, advantages.ravel(), np.ones(12))
    moved = tuner.generator.logits.numpy() - LOGITS
    np.testing.assert_allclose(moved, expected, rtol=1e-3, atol=1e-5)
    assert float(logs["policy_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)


def test_preferences_are_learned_in_minibatches_of_groups():
    tuner = tuned(
        False,
        algorithm=DirectPreferenceOptimization(beta=0.1, epochs=2, minibatches=2),
        optimizer=SGD(4.0),
        num_samples=64,
        group_size=4,
    )
    history = tuner.fit(epochs=6, steps_per_epoch=1, verbose=0).history
    assert history["reward"][-1] > history["reward"][0] + 1.0
    assert history["preference_accuracy"][-1] > 0.5
    assert history["preference_margin"][-1] > 0.0


def test_groups_without_signal_and_divergence_of_a_step_are_logged():
    def first(samples):
        return tf.cast(samples[:, 0], tf.float32)

    tuner = tuned(
        True,
        reward=first,
        kl_weight=0.0,
        kl_credit="step",
        num_samples=24,
        group_size=2,
    )
    samples, mask = drawn(tuner, 24)
    history = tuner.fit(epochs=1, steps_per_epoch=1, verbose=0).history
    rewards = samples[:, 0].reshape(12, 2)
    expected = np.mean(rewards[:, 0] == rewards[:, 1])
    assert 0.0 < expected < 1.0
    assert history["groups_without_signal"] == pytest.approx([expected])
    log_pi, log_start = (log_prob(x, samples, mask) for x in (LOGITS, START))
    expected = (log_pi - log_start).sum() / mask.sum()
    assert history["step_kl"] == pytest.approx([expected], rel=1e-3)


def dense(gradients):
    return [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


@pytest.mark.parametrize("credit", ["sample", "step"])
def test_the_gradient_of_a_sequence_generator_by_enumeration(credit):
    """Over all sequences up to their end token, beside that of the objective."""
    keras.utils.set_random_seed(0)
    model, start = (
        SequenceGenerator(RecurrentBackbone(3, units=4, cell="gru"), 3, end_token=0)
        for _ in range(2)
    )
    samples, _ = all_samples(TokenModel(length=3, ends=True))
    mask = model.valid_steps(samples)
    draw = Draw(tf.constant(samples), mask=mask)
    rewards = pays_tokens(samples)
    ratios_to = start.draw_log_prob(draw)
    variables = model.policy_variables
    with tf.GradientTape() as tape:
        log_pi = model.log_density(draw.samples, None, None)
        log_start = start.log_density(draw.samples, None, None)
        pi = tf.exp(log_pi)
        objective = tf.reduce_sum(pi * (rewards - 0.7 * (log_pi - log_start)))
    exact = dense(tape.gradient(objective, variables))
    assert float(tf.reduce_sum(pi)) == pytest.approx(1.0, rel=1e-5)
    with tf.GradientTape() as tape:
        log_probs = model.draw_log_prob(draw)
        costs = 0.7 * tf.stop_gradient(log_probs - ratios_to)
        returns = penalised_returns(rewards, costs, mask, credit)
        # Each sequence as often as it is drawn, and the sum over its steps.
        weights = pi if credit == "sample" else pi[:, tf.newaxis]
        loss = policy_gradient_loss(
            log_probs, 3.0 * len(samples) * weights * returns, mask, "constant"
        )
    gradients = dense(tape.gradient(loss, variables))
    for gradient, of_mean in zip(gradients, exact, strict=True):
        np.testing.assert_allclose(gradient, -of_mean, rtol=1e-3, atol=1e-5)
    assert max(np.abs(g).max() for g in exact) > 0.01


def test_options_come_back_from_the_configuration():
    tuner = tuned(
        False,
        algorithm=GroupRelativePolicyOptimization(
            2, 3, (0.1, 0.2), "batch", "token", "sequence_mean"
        ),
        kl_credit="step",
        num_samples=6,
        group_size=2,
    )
    config = tuner.get_compile_config()
    again = RewardTuner(TokenModel(length=3))
    again.compile_from_config(config)
    assert again.kl_credit == "step"
    assert again.algorithm.get_config() == tuner.algorithm.get_config()
    assert again.algorithm.clip_ratio == (0.1, 0.2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"kl_credit": "token"}, "Expected `kl_credit` in"),
        ({"kl_credit": "step", "algorithm": "gspo"}, "has an advantage for each"),
        ({"algorithm": "dpo", "group_size": 1}, "Received a group of one"),
    ],
)
def test_compile_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        tuned(False, **arguments)


def test_credit_of_steps_needs_a_generator_of_steps():
    tuner = RewardTuner(Die())
    tuner.compile(
        reward=lambda samples: samples[:, 0], kl_credit="step", run_eagerly=True
    )
    with pytest.raises(ValueError, match="needs a generator with a log-probability"):
        tuner.fit(steps_per_epoch=1, verbose=0)
