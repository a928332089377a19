import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.callbacks import RewardControls
from keras_rlgen.rl_models import (
    AdaptiveKL,
    GroupRelativePolicyOptimization,
    PolicyGradient,
    ProximalPolicyOptimization,
    RewardTuner,
)
from tests import networks
from tests.networks import assert_same, closeness, real_samples, values
from tests.rl_models.policies import Die, stochastic_gan

START = np.array([[0.2, -0.1, 0.4]], "float32")
LOGITS = np.array([[0.6, -0.8, 0.1]], "float32")
PAYS = np.array([1.0, -2.0, 0.5], "float32")
SGD = keras.optimizers.SGD


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def pays(samples):
    return keras.ops.sum(samples * PAYS, axis=-1)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def pays_back(samples):
    return -pays(samples)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def never_a_number(samples):
    # Finite where it is checked, of four samples.
    return tf.fill([tf.shape(samples)[0]], 0.0 if samples.shape[0] == 4 else np.nan)


def tuned_die(logits=LOGITS, **arguments):
    """Returns a tuner of a die that has moved away from its start."""
    die = Die()
    die.logits.assign(START)
    tuner = RewardTuner(die, seed=1)
    tuner.compile(
        **{"optimizer": SGD(1.0), "reward": pays, "run_eagerly": True, **arguments}
    )
    die.logits.assign(logits)
    return tuner


def step(tuner, epochs=1, **arguments):
    return tuner.fit(epochs=epochs, steps_per_epoch=1, verbose=0, **arguments).history


def softmax(logits):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def objective(logits, kl_weight, entropy_weight):
    """`E[r] - w KL(pi || pi_0) + e H(pi)`, by enumeration."""
    pi, start = softmax(logits), softmax(START[0])
    divergence = np.sum(pi * np.log(pi / start))
    return pi @ PAYS - kl_weight * divergence - entropy_weight * pi @ np.log(pi)


def exact_gradient(kl_weight, entropy_weight=0.0, logits=LOGITS[0], delta=1e-5):
    shifts = delta * np.eye(len(logits))
    gains = [
        objective(logits + s, kl_weight, entropy_weight)
        - objective(logits - s, kl_weight, entropy_weight)
        for s in shifts
    ]
    return np.array(gains) / (2.0 * delta)


def gradients(repeats=12, **arguments):
    """Returns the steps of many batches from the same logits."""
    tuner = tuned_die(num_samples=2000, **arguments)
    moves = []
    for _ in range(repeats):
        tuner.generator.logits.assign(LOGITS)
        tuner.train_step(tf.constant(0))
        moves.append(tuner.generator.logits.numpy()[0] - LOGITS[0])
    return np.array(moves)


def assert_mean(moves, expected, error=0.02):
    """The mean is within four standard errors, which are at most `error`."""
    standard_errors = moves.std(axis=0, ddof=1) / np.sqrt(len(moves))
    assert (standard_errors < error).all()
    deviations = (moves.mean(axis=0) - expected) / standard_errors
    assert (np.abs(deviations) < 4.0).all(), deviations


# The gradient


@pytest.mark.parametrize(
    "algorithm, entropy_weight",
    [
        ("rloo", 0.0),
        ("reinforce", 0.0),
        (PolicyGradient("none"), 0.3),
        (ProximalPolicyOptimization("rloo", 1, 1, scale_advantages=False), 0.3),
    ],
)
def test_the_mean_gradient_is_the_exact_one(algorithm, entropy_weight):
    moves = gradients(algorithm=algorithm, kl_weight=0.7, entropy_weight=entropy_weight)
    expected = exact_gradient(0.7, entropy_weight)
    assert np.abs(expected - exact_gradient(0.0)).max() > 0.05
    assert_mean(moves, expected)


def test_the_group_relative_gradient_is_the_exact_one_in_standard_deviations():
    moves = gradients(algorithm="grpo", kl_weight=0.7)
    pi, start = softmax(LOGITS[0]), softmax(START[0])
    penalised = PAYS - 0.7 * np.log(pi / start)
    deviation = np.sqrt(pi @ penalised**2 - (pi @ penalised) ** 2)
    assert_mean(moves, exact_gradient(0.7) / deviation)


@pytest.mark.parametrize("minibatches", [1, 2])
def test_several_updates_in_numpy(minibatches):
    """PPO on one batch of draws; with two minibatches each takes half of them."""
    algorithm = ProximalPolicyOptimization(
        "rloo", 3, minibatches, clip_ratio=0.1, scale_advantages=False
    )
    tuner = tuned_die(
        algorithm=algorithm,
        kl_weight=0.0,
        num_samples=8,
        reward=pays,
        optimizer=SGD(3.0),
    )
    key = tf.cast(keras.random.SeedGenerator(1).next(), tf.int32)
    _, draw_key, order_key = tf.unstack(tf.random.experimental.stateless_split(key, 3))
    sides = tuner.generator.draw(8, draw_key).samples.numpy().argmax(axis=1)
    logs = {name: log[0] for name, log in step(tuner).items()}

    reward = PAYS[sides].astype("float64")
    advantages = reward - (reward.sum() - reward) / 7
    logits, old = LOGITS[0].astype("float64"), softmax(LOGITS[0])[sides]
    losses, clipped = [], []
    for epoch in range(3):
        epoch_key = tf.random.experimental.stateless_fold_in(order_key, epoch)
        order = np.argsort(tf.random.stateless_uniform((8,), epoch_key).numpy())
        for part in np.split(order, minibatches):
            pi = softmax(logits)
            gradient, loss = np.zeros(3), 0.0
            for i in part:
                ratio = pi[sides[i]] / old[i]
                bound = np.clip(ratio, 0.9, 1.1)
                gain = min(ratio * advantages[i], bound * advantages[i])
                loss -= gain / len(part)
                clipped.append(abs(ratio - 1.0) > 0.1)
                if gain == ratio * advantages[i]:
                    slope = (np.arange(3) == sides[i]) - pi
                    gradient += ratio * advantages[i] * slope / len(part)
            logits = logits + 3 * gradient
            losses.append(loss)
    assert 0.0 < np.mean(clipped) < 1.0
    np.testing.assert_allclose(tuner.generator.logits[0], logits, rtol=1e-4)
    assert logs["policy_loss"] == pytest.approx(np.mean(losses), rel=1e-4, abs=1e-6)
    assert logs["clip_fraction"] == pytest.approx(np.mean(clipped))


def test_logs_in_numpy():
    half = 0.5 * rewards.FunctionReward(pays)
    tuner = tuned_die(
        reward=half, held_out_reward=pays_back, kl_weight=0.3, num_samples=6
    )
    key = tf.cast(keras.random.SeedGenerator(1).next(), tf.int32)
    draw_key = tf.random.experimental.stateless_split(key, 3)[1]
    sides = tuner.generator.draw(6, draw_key).samples.numpy().argmax(axis=1)
    logs = {name: log[0] for name, log in step(tuner).items()}
    log_probs = np.log(softmax(LOGITS[0]))[sides]
    ratios = log_probs - np.log(softmax(START[0]))[sides]
    penalised = 0.5 * PAYS[sides] - 0.3 * ratios
    advantages = penalised - (penalised.sum() - penalised) / 5
    expected = {
        "reward": 0.5 * PAYS[sides].mean(),
        "reward_pays": PAYS[sides].mean(),
        "held_out_reward": -PAYS[sides].mean(),
        "reference_kl": ratios.mean(),
        "kl_weight": 0.3,
        "entropy": -log_probs.mean(),
        "advantage_std": advantages.std(),
        "policy_loss": -np.mean(advantages * log_probs),
    }
    assert logs == pytest.approx(expected, rel=1e-4)


def test_an_adaptive_weight_follows_the_divergence():
    kl = AdaptiveKL(target=0.01, weight=0.5)
    tuner = tuned_die(kl_weight=kl)
    history = step(tuner, epochs=2)
    assert history["reference_kl"][0] > 0.012
    assert history["kl_weight"] == pytest.approx([0.5, 0.51])


def test_a_large_weight_brings_the_start_back():
    tuner = tuned_die(optimizer=SGD(0.05), kl_weight=20.0, num_samples=512)
    history = step(tuner, epochs=20)
    assert history["reference_kl"][0] > 0.05 > 0.01 > history["reference_kl"][-1]


# Conditions


def test_draws_of_a_group_share_a_condition():
    """A class is worth more than another; within a group it makes no difference."""
    die = Die(num_classes=2)
    tuner = RewardTuner(die, seed=1)
    # Only class 1 throws the last side, for which alone there is a reward.
    die.logits.assign([[50.0, 0.0, 0.0], [0.0, 0.0, 50.0]])
    arguments = {
        "optimizer": SGD(1.0),
        "reward": pays,
        "algorithm": "grpo",
        "kl_weight": 0.0,
        "num_samples": 12,
        "run_eagerly": True,
    }
    tuner.compile(group_size=4, **arguments)
    assert step(tuner)["advantage_std"][0] == 0.0
    tuner.compile(**arguments)
    assert step(tuner)["advantage_std"][0] > 0.5


def test_conditions_are_chosen_from_those_given():
    die = Die(num_classes=3)
    tuner = RewardTuner(die, seed=1)
    tuner.compile(SGD(1.0), reward=pays, num_samples=30, run_eagerly=True)
    step(tuner, conditions=[0, 2])
    moved = np.abs(die.logits.numpy()).sum(axis=1) > 0.0
    assert moved.tolist() == [True, False, True]


@keras.saving.register_keras_serializable("test_reward_tuner")
def matches(samples, labels):
    """1 for the side of the number of the class."""
    return tf.gather(samples, labels, batch_dims=1)


def test_a_reward_of_the_condition_is_learned_class_by_class():
    die = Die(num_classes=3)
    tuner = RewardTuner(die, seed=1)
    tuner.compile(
        SGD(4.0),
        reward=0.5 * rewards.FunctionReward(matches) + 0.0,
        held_out_reward=matches,
        kl_weight=0.0,
        num_samples=96,
        run_eagerly=True,
    )
    history = step(tuner, epochs=40)
    np.testing.assert_allclose(history["held_out_reward"], history["reward_matches"])
    assert history["reward_matches"][-1] > 0.9
    np.testing.assert_array_equal(np.argmax(die.logits, axis=1), [0, 1, 2])
    labels = np.arange(30) % 3
    held_out = np.eye(3, dtype="float32")[labels]
    scores = tuner.evaluate(held_out, labels, verbose=0, return_dict=True)
    assert scores["held_out_reward"] == scores["reward_matches"] > 0.9


# A GAN


@pytest.fixture(scope="module")
def gan_tuner():
    gan = stochastic_gan()
    gan.compile(metrics=["frechet_distance"], run_eagerly=True)
    tuner = RewardTuner(gan, seed=0)
    tuner.compile(
        keras.optimizers.Adam(0.02),
        reward=closeness,
        algorithm="ppo",
        kl_weight=AdaptiveKL(5.0, weight=0.01),
        held_out_reward=rewards.Discriminator("logit"),
        jit_compile=False,
    )
    tuner.fit(epochs=3, steps_per_epoch=20, verbose=0)
    return tuner


def test_it_learns(gan_tuner):
    generated = gan_tuner.generate(200, seed=0)
    start = gan_tuner.reference.generate(200, seed=0)
    before, after = (closeness(s).numpy().mean() for s in (start, generated))
    assert after > -0.5 and before < after - 0.5


def test_it_evaluates_as_the_generator_does_and_by_reward(gan_tuner):
    held_out = real_samples(40)
    results = gan_tuner.evaluate(held_out, batch_size=40, verbose=0, return_dict=True)
    own = set(gan_tuner.generator.evaluate(held_out, verbose=0, return_dict=True))
    added = {"reward", "reward_closeness", "held_out_reward", "reference_kl"}
    assert set(results) == own | added and "frechet_distance" in own
    assert np.isfinite(list(results.values())).all()
    assert results["reference_kl"] > 0.0


def test_a_loaded_tuner_goes_on_where_it_stopped(gan_tuner, tmp_path):
    gan_tuner.save(tmp_path / "tuner.keras")
    loaded = keras.models.load_model(tmp_path / "tuner.keras")
    for part in ("generator", "reference", "optimizer"):
        assert_same(values(getattr(loaded, part)), values(getattr(gan_tuner, part)))
    assert float(loaded.kl_penalty.current) == float(gan_tuner.kl_penalty.current)
    assert float(loaded.kl_penalty.current) != pytest.approx(0.01, rel=0.01)
    before = values(gan_tuner.generator)
    first, second = (step(tuner) for tuner in (gan_tuner, loaded))
    assert set(first) == set(second)
    for name, values_of in first.items():
        assert values_of == pytest.approx(second[name], rel=1e-5), name
    assert networks.differ(values(gan_tuner.generator), before)
    assert_same(values(loaded.generator), values(gan_tuner.generator), 1e-5, 1e-6)


# What stops it


def test_a_falling_held_out_reward_stops_it_at_the_best_weights():
    tuner = tuned_die(
        START, optimizer=SGD(0.5), kl_weight=0.0, held_out_reward=pays_back
    )
    stop = keras.callbacks.EarlyStopping(
        "held_out_reward", mode="max", patience=2, restore_best_weights=True
    )
    history = step(tuner, epochs=30, callbacks=[stop])
    best = int(np.argmax(history["held_out_reward"]))
    assert len(history["reward"]) == best + 3 < 30
    # The weights after the best epoch, not those two epochs later.
    again = tuned_die(
        START, optimizer=SGD(0.5), kl_weight=0.0, held_out_reward=pays_back
    )
    step(again, epochs=best + 1)
    assert_same(values(tuner.generator), values(again.generator))


@pytest.mark.parametrize("algorithm", ["rloo", "ppo"])
def test_a_reward_that_is_no_number_leaves_the_weights(algorithm):
    tuner = tuned_die(reward=never_a_number, algorithm=algorithm)
    with pytest.raises(FloatingPointError, match="'reward_never_a_number' is not"):
        step(tuner)
    assert_same(values(tuner.generator), [LOGITS])


def test_null_rewards_beside_it():
    tuner = tuned_die(
        START,
        optimizer=SGD(0.3),
        kl_weight=0.0,
        held_out_reward=rewards.FunctionReward(pays),
    )
    controls = RewardControls(
        None,
        np.eye(3, dtype="float32"),
        controls=("constant", "shuffled"),
        fit_arguments={"steps_per_epoch": 5},
        verbose=False,
    )
    tuner.fit(epochs=2, steps_per_epoch=5, verbose=0, callbacks=[controls])
    rows = controls.results
    assert rows["constant"]["reference_kl"] == pytest.approx(0.0, abs=1e-6)
    assert rows["reward"]["reference_kl"] > 3.0 * abs(rows["shuffled"]["reference_kl"])


# Errors


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"reward": None}, "Expected a `reward`"),
        ({"algorithm": "sarsa"}, "Unknown algorithm"),
        ({"kl_weight": -1.0}, "of zero or above"),
        ({"entropy_weight": -1.0}, "`entropy_weight` of zero or above"),
        ({"group_size": 3}, "multiple of `group_size`"),
        ({"algorithm": "grpo", "group_size": 1}, "Received a group of one"),
        ({"num_samples": 1}, "Received a group of one"),
        ({"algorithm": "ppo", "num_samples": 10}, "a multiple of 4"),
        ({"reward": lambda x: x}, r"to return shape \(batch,\)"),
        ({"reward": lambda x: x[:, 0] / 0.0}, "is not finite on generated samples"),
        ({"reward": "discriminator"}, "has no discriminator"),
    ],
)
def test_compile_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        tuned_die(**arguments)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: PolicyGradient("critic"), "have none"),
        (lambda: ProximalPolicyOptimization(clip_ratio=0.0), "`clip_ratio` above zero"),
        (
            lambda: GroupRelativePolicyOptimization(epochs=0),
            "`epochs` to be a",
        ),
        (lambda: AdaptiveKL(0.0), "`target` above zero"),
    ],
)
def test_strategies_say_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_conditions_of_a_model_without_any_are_refused():
    with pytest.raises(ValueError, match="has no condition"):
        tuned_die().fit(conditions=[1, 2])


@pytest.mark.parametrize(
    "strategy",
    [
        PolicyGradient("moving_average", scale_advantages=True),
        ProximalPolicyOptimization("none", 2, 3, 0.1, False),
        GroupRelativePolicyOptimization(2, 3, 0.1),
        PolicyGradient("rloo", "group", "constant"),
        ProximalPolicyOptimization("none", 2, 3, (0.1, 0.2), "none", "sequence"),
        GroupRelativePolicyOptimization(1, 1, 0.1, "batch", "token", "constant"),
        AdaptiveKL(3.0, weight=0.2, rate=0.05),
    ],
)
def test_strategies_come_back_from_their_configuration(strategy):
    copy = type(strategy).from_config(strategy.get_config())
    assert copy.get_config() == strategy.get_config()


def test_a_conditional_generator_is_evaluated_by_the_conditions_given():
    die = Die(num_classes=2)
    die.logits.assign([[50.0, 0.0, 0.0], [0.0, 50.0, 0.0]])
    tuner = RewardTuner(die, seed=1)
    tuner.compile(reward=pays, run_eagerly=True)
    for label, side in enumerate(PAYS[:2]):
        labels = np.full(3, label)
        arguments = {"verbose": 0, "return_dict": True}
        assert tuner.evaluate(np.eye(3), labels, **arguments)["reward"] == side
