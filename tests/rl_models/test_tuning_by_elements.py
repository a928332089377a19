"""`RewardTuner` of generators that give each element a log-probability."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import policy_gradient_loss
from keras_rlgen.models import Draw, GatedPixelCNN, PixelCNN
from keras_rlgen.rl_models import (
    PolicyGradient,
    ProximalPolicyOptimization,
    RewardTuner,
)
from tests.models.token_model import TokenModel, all_samples

SGD = keras.optimizers.SGD
RANDOM = np.random.default_rng(0)
START = RANDOM.normal(size=(3, 3)).astype("float32")
LOGITS = (START + 0.4 * RANDOM.normal(size=(3, 3))).astype("float32")
PAYS = np.array([[1.0, -2.0, 0.5], [0.0, 1.5, -1.0], [2.0, 0.5, -0.5]], "float32")


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def pays_tokens(samples):
    """Pays each token by its position, padding too."""
    return tf.reduce_sum(tf.one_hot(samples, 3) * PAYS, axis=(1, 2))


def tuned(ends, **arguments):
    """Returns a tuner of a model that has moved away from its start."""
    model = TokenModel(length=3, ends=ends)
    model.logits.assign(START)
    tuner = RewardTuner(model, seed=1)
    tuner.compile(
        **{"optimizer": SGD(1.0), "reward": pays_tokens, "run_eagerly": True}
        | arguments
    )
    model.logits.assign(LOGITS)
    return tuner


def log_softmax(logits):
    logits = logits.astype("float64")
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def log_prob(logits, samples, mask):
    """Returns the log-probability of each sample: a sum over tokens that count."""
    chosen = np.take_along_axis(log_softmax(logits)[None], samples[..., None], 2)
    return (chosen[..., 0] * mask).sum(axis=1)


def objective(logits, ends, kl_weight, entropy_weight):
    """Returns `E[r] - w KL(pi || pi_0) + e H(pi)` by enumeration, and the length."""
    samples, mask = all_samples(TokenModel(length=3, ends=ends))
    log_pi, log_start = (log_prob(x, samples, mask) for x in (logits, START))
    pi = np.exp(log_pi)
    assert pi.sum() == pytest.approx(1.0)
    rewards = pays_tokens(samples).numpy()
    value = pi @ (rewards - kl_weight * (log_pi - log_start) - entropy_weight * log_pi)
    return value, pi @ mask.sum(axis=1)


def exact_gradient(ends, kl_weight, entropy_weight, delta=1e-4):
    gradient = np.zeros((3, 3))
    for index in itertools.product(range(3), repeat=2):
        shift = np.zeros((3, 3))
        shift[index] = delta
        high, low = (
            objective(LOGITS.astype("float64") + s, ends, kl_weight, entropy_weight)[0]
            for s in (shift, -shift)
        )
        gradient[index] = (high - low) / (2.0 * delta)
    return gradient


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(
    "algorithm, entropy_weight",
    [
        ("rloo", 0.3),
        (PolicyGradient("none"), 0.0),
        (ProximalPolicyOptimization("rloo", 1, 1, scale_advantages=False), 0.3),
    ],
)
def test_the_mean_gradient_is_the_exact_one_a_token(algorithm, entropy_weight, ends):
    """The gradient of the objective of whole samples, by the mean number of tokens."""
    tuner = tuned(
        ends,
        algorithm=algorithm,
        kl_weight=0.7,
        entropy_weight=entropy_weight,
        num_samples=4000,
    )
    moves = []
    for _ in range(8):
        tuner.generator.logits.assign(LOGITS)
        tuner.train_step(tf.constant(0))
        moves.append(tuner.generator.logits.numpy() - LOGITS)
    _, length = objective(LOGITS, ends, 0.7, entropy_weight)
    assert (length < 2.5) == ends
    expected = exact_gradient(ends, 0.7, entropy_weight) / length
    standard_errors = np.std(moves, axis=0, ddof=1) / np.sqrt(len(moves))
    assert (standard_errors < 0.02).all() and np.abs(expected).max() > 0.1
    assert (np.abs(np.mean(moves, axis=0) - expected) < 4.5 * standard_errors).all()


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("minibatches", [1, 2])
def test_several_updates_in_numpy(minibatches, ends):
    """PPO by tokens: ratio, clip and count of each, and padding left out."""
    algorithm = ProximalPolicyOptimization(
        "rloo", 3, minibatches, clip_ratio=0.1, scale_advantages=False
    )
    tuner = tuned(
        ends, algorithm=algorithm, kl_weight=0.0, num_samples=8, optimizer=SGD(1.0)
    )
    key = tf.cast(keras.random.SeedGenerator(1).next(), tf.int32)
    _, draw_key, order_key = tf.unstack(tf.random.experimental.stateless_split(key, 3))
    draw = tuner.generator.draw(8, draw_key)
    samples = draw.samples.numpy()
    mask = draw.mask.numpy() if ends else np.ones((8, 3), bool)
    assert mask.all() != ends
    history = tuner.fit(epochs=1, steps_per_epoch=1, verbose=0).history

    reward = pays_tokens(samples).numpy().astype("float64")
    advantages = reward - (reward.sum() - reward) / 7
    logits = LOGITS.astype("float64")
    old = log_softmax(LOGITS)
    losses, clipped = [], []
    for epoch in range(3):
        epoch_key = tf.random.experimental.stateless_fold_in(order_key, epoch)
        order = np.argsort(tf.random.stateless_uniform((8,), epoch_key).numpy())
        for part in np.split(order, minibatches):
            new = log_softmax(logits)
            gradient, loss = np.zeros((3, 3)), 0.0
            # What a minibatch would have if all were as long.
            count = mask.sum() / minibatches
            for i, step in itertools.product(part, range(3)):
                if not mask[i, step]:
                    continue
                token = samples[i, step]
                ratio = np.exp(new[step, token] - old[step, token])
                bound = np.clip(ratio, 0.9, 1.1)
                gain = min(ratio * advantages[i], bound * advantages[i])
                loss -= gain / count
                clipped.append(abs(ratio - 1.0) > 0.1)
                if gain == ratio * advantages[i]:
                    score = (np.arange(3) == token) - np.exp(new[step])
                    gradient[step] += ratio * advantages[i] * score / count
            logits = logits + gradient
            losses.append(loss)
    assert 0.0 < np.mean(clipped) < 1.0
    np.testing.assert_allclose(tuner.generator.logits, logits, rtol=1e-4)
    assert history["policy_loss"] == pytest.approx([np.mean(losses)], rel=1e-4)
    assert history["clip_fraction"] == pytest.approx([np.mean(clipped)])


def test_logs_are_those_of_whole_samples():
    tuner = tuned(True, kl_weight=0.3, entropy_weight=0.2, num_samples=6)
    key = tf.cast(keras.random.SeedGenerator(1).next(), tf.int32)
    draw_key = tf.random.experimental.stateless_split(key, 3)[1]
    draw = tuner.generator.draw(6, draw_key)
    history = tuner.fit(epochs=1, steps_per_epoch=1, verbose=0).history
    samples, mask = draw.samples.numpy(), draw.mask.numpy()
    log_pi, log_start = (log_prob(x, samples, mask) for x in (LOGITS, START))
    penalised = pays_tokens(samples) - 0.3 * (log_pi - log_start) - 0.2 * log_pi
    advantages = penalised - (np.sum(penalised) - penalised) / 5
    assert history["reference_kl"] == pytest.approx(
        [np.mean(log_pi - log_start)], rel=1e-3
    )
    assert history["entropy"] == pytest.approx([-np.mean(log_pi)])
    assert history["advantage_std"] == pytest.approx([np.std(advantages)], rel=1e-5)
    results = tuner.evaluate(samples, batch_size=6, verbose=0, return_dict=True)
    assert abs(results["reference_kl"]) < 1.0


def test_the_gradient_of_a_pixel_cnn_by_enumeration():
    """The score function's over all images, beside that of the mean reward."""
    network = GatedPixelCNN((2, 2, 1), 2, 4, num_blocks=1, first_kernel_size=3, seed=0)
    model = PixelCNN(network, seed=0)
    images = np.array(list(itertools.product((0.0, 1.0), repeat=4)), "float32")
    images = images.reshape(16, 2, 2, 1)
    rewards = np.random.default_rng(0).normal(size=16).astype("float32")
    variables = model.policy_variables
    with tf.GradientTape() as tape:
        log_probs = model.draw_log_prob(Draw(tf.constant(images)))
        weights = tf.exp(tf.reduce_sum(log_probs, axis=1))
        # A mean over 16 images, each as often as it is drawn.
        loss = policy_gradient_loss(log_probs, 16.0 * weights * rewards)
    gradients = tape.gradient(loss, variables)
    with tf.GradientTape() as tape:
        mean = tf.reduce_sum(tf.exp(model.log_prob(images)) * rewards)
    exact = tape.gradient(mean, variables)
    assert float(tf.reduce_sum(weights)) == pytest.approx(1.0, rel=1e-5)
    for gradient, of_mean in zip(gradients, exact, strict=True):
        np.testing.assert_allclose(gradient, -of_mean / 4.0, rtol=1e-3, atol=1e-6)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def brightness(images):
    return tf.reduce_mean(images, axis=(1, 2, 3))


def test_a_pixel_cnn_learns_by_pixels():
    network = GatedPixelCNN((4, 4, 1), 2, 4, num_blocks=1, first_kernel_size=3, seed=0)
    tuner = RewardTuner(PixelCNN(network, seed=0), seed=0)
    tuner.compile(
        keras.optimizers.Adam(0.02),
        reward=brightness,
        algorithm="ppo",
        kl_weight=0.0,
        jit_compile=False,
    )
    history = tuner.fit(epochs=1, steps_per_epoch=30, verbose=0).history
    assert brightness(tuner.generate(50, seed=0)).numpy().mean() > 0.9
    assert max(history["clip_fraction"]) < 0.9
