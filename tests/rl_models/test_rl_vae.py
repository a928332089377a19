import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import estimators, rewards
from keras_rlgen.estimators import QLearning, ScoreFunction
from keras_rlgen.rl_models import RLVAE
from keras_rlgen.rl_models.gradient_quality import gradient_moments
from tests import networks
from tests.networks import assert_same, closeness, differ, layered, values
from tests.rl_models.autoencoders import (
    BINARY,
    KEY,
    LATENTS,
    compiled,
    exact_gradient,
    nothing,
    rl_vae,
)

layers = keras.layers
KINDS = {
    name: [k for k in LATENTS if k in kind.latent_kinds]
    for name, kind in estimators.NAMES.items()
}
EVERY = [(name, kind) for name, kinds in KINDS.items() for kind in kinds]


class NaNInTraining(rewards.Reward):
    def call(self, samples, training=None):
        return tf.fill([tf.shape(samples)[0]], np.nan if training else 0.0)


# The gradient


def mean_gradient(model, estimator, num_repeats=100):
    """The mean of both gradients, and the standard error of each element."""
    variables = [
        *model.encoder.trainable_variables,
        *model.decoder.trainable_variables,
    ]
    size = sum(np.size(v) for v in variables)
    samples = tf.constant(np.tile(BINARY, (20, 1)))

    def gradient(key):
        with tf.GradientTape() as tape:
            terms, _ = model.estimated_terms(estimator, samples, None, key, True)
        gradients = tape.gradient(terms["loss"], variables)
        return tf.concat([tf.reshape(g, [-1]) for g in gradients], axis=0)

    moments = tf.function(
        lambda: gradient_moments(gradient, size, num_repeats, KEY), autograph=False
    )
    mean, variance = moments()
    return mean.numpy(), np.sqrt(variance / num_repeats)


@pytest.mark.parametrize(
    "kind, estimator",
    [
        ("normal", "reparameterized"),
        ("normal", "score_function"),
        ("categorical", "score_function"),
        ("categorical", ScoreFunction(2, kl="sampled")),
    ],
)
def test_the_mean_gradient_is_the_exact_one(kind, estimator):
    """With a reward of the user's, which the decoder does not climb."""
    model = compiled(kind, estimator=estimator, reward=closeness, beta=0.7)
    mean, error = mean_gradient(model, model.estimator)
    exact = exact_gradient(model, 0.7, closeness)
    assert (np.abs(mean - exact) <= 4.0 * error + 1e-6).all()
    # It would not pass without a reward, nor another weight of the divergence.
    for other in (
        exact_gradient(model, 0.7, nothing),
        exact_gradient(model, 0.0, closeness),
    ):
        assert (np.abs(mean - other) > 8.0 * error).any()


@pytest.mark.parametrize("name", ["gumbel_softmax", "straight_through"])
def test_soft_codes_bias_the_encoders_gradient(name):
    estimator = estimators.get(name, temperature=1.0)
    model = compiled("categorical", estimator=estimator)
    mean, error = mean_gradient(model, model.estimator)
    exact = exact_gradient(model, 1.0, nothing)
    assert (np.abs(mean - exact) > 8.0 * error).any()


# Training


@pytest.mark.parametrize("name, kind", EVERY)
def test_every_estimator_trains_and_logs(name, kind):
    model = compiled(kind, estimator=name, reward=closeness, beta=0.5)
    before = values(model.encoder), values(model.decoder)
    logs = model.fit(BINARY, batch_size=3, verbose=0).history
    for network, old in zip((model.encoder, model.decoder), before, strict=True):
        assert differ(values(network), old)
    expected = {*RLVAE.term_names, *model.estimator.log_names, "reward_closeness"}
    assert set(logs) == expected
    logs = {key: value[0] for key, value in logs.items()}
    bound = -logs["reconstruction_nll"] - logs["kl"]
    assert logs["elbo"] == pytest.approx(bound, rel=1e-5)
    reward = bound + 0.5 * logs["kl"] + logs["reward_closeness"]
    assert logs["reward"] == pytest.approx(reward, rel=1e-5)
    results = model.evaluate(BINARY, verbose=0, return_dict=True)
    assert set(results) == {
        *("loss", "reconstruction_nll", "kl", "elbo", "log_likelihood_bound"),
        *("bits_per_dimension", "reward", "reward_closeness"),
    }
    model.compile(optimizer="sgd", estimator=name)
    assert "reward_closeness" not in [m.name for m in model.metrics]


def test_neither_the_critic_nor_the_rewards_network_is_trained_by_the_optimizer():
    judge = networks.linear(2, 1, [[1.0], [1.0]])

    class Judge(rewards.Reward):
        def __init__(self):
            super().__init__()
            self.network = judge

        def call(self, samples, training=None):
            return self.network(samples)[:, 0]

    model = compiled(estimator="score_function", baseline="critic", reward=Judge())
    count = len(model.encoder.trainable_variables) + 4
    assert len(model.optimizer._trainable_variables) == count
    critic = model.estimator.baseline.network
    old = values(critic), values(judge)
    model.fit(BINARY, verbose=0)
    assert differ(values(critic), old[0])
    assert_same(values(judge), old[1])


PATTERNS = np.zeros((2, 4, 4, 1), "float32")
PATTERNS[0, :2], PATTERNS[1, :, 2:] = 1.0, 1.0


@pytest.mark.parametrize(
    "estimator, latent_dim",
    [("score_function", 1), ("score_function", (1, 3)), ("q_learning", (1, 3))],
)
def test_it_learns_the_patterns_of_images(estimator, latent_dim):
    is_normal = latent_dim == 1
    shape, outputs = ((1,), 2) if is_normal else (latent_dim, 3)
    encoder = [layers.Input((4, 4, 1)), layers.Flatten(), networks.dense(outputs)]
    decoder = [layers.Input(shape), layers.Flatten(), networks.dense(16)]
    decoder.append(layers.Reshape((4, 4, 1)))
    model = RLVAE(
        keras.Sequential(encoder), keras.Sequential(decoder), latent_dim, seed=0
    )
    model.compile(keras.optimizers.Adam(0.05), estimator=estimator, jit_compile=False)
    images = np.tile(PATTERNS, (16 * 150, 1, 1, 1))
    start = float(np.mean(model.log_prob(PATTERNS, seed=0)))
    model.fit(images, batch_size=32, shuffle=False, verbose=0)
    # Two patterns, evenly often, cost log 2 nats; sixteen random pixels 11.1.
    assert start < -10.0
    assert float(np.mean(model.log_prob(PATTERNS, seed=0))) > -2.0
    np.testing.assert_allclose(model.reconstruct(PATTERNS), PATTERNS, atol=0.2)


def test_classes_are_kept_in_the_replay_buffer():
    def encoder(seed):
        return networks.with_labels(2, 6, seed=seed)

    codes, labels = layers.Input((2, 3)), layers.Input((), dtype="int32")
    inner = networks.with_labels(6, 2, seed=20)
    decoder = keras.Model([codes, labels], inner([layers.Flatten()(codes), labels]))
    model = RLVAE(encoder(10), decoder, (2, 3), num_classes=3, seed=0)
    estimator = QLearning(2, replay_capacity=6)
    model.compile("sgd", estimator=estimator, run_eagerly=True)
    model.fit(BINARY, np.array([0, 1, 2]), batch_size=3, shuffle=False, verbose=0)
    samples, _, _, kept = estimator.replay.columns
    np.testing.assert_array_equal(kept, [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(samples, np.repeat(BINARY, 2, axis=0))


@keras.saving.register_keras_serializable("test_rl_vae")
def on_at_the_class(samples, labels):
    return tf.gather(samples, labels, batch_dims=1)


@pytest.mark.parametrize("estimator", ["reparameterized", "score_function"])
def test_a_reward_judges_decoded_samples_under_their_condition(estimator):
    players = networks.with_labels(2, 2, seed=1), networks.with_labels(1, 2, seed=2)
    model = RLVAE(*players, 1, num_classes=2, seed=0)
    model.compile("sgd", estimator, reward=on_at_the_class, run_eagerly=True)
    labels = np.array([1, 0, 1])
    history = model.fit(BINARY, labels, verbose=0).history
    assert 0.0 < history["reward_on_at_the_class"][0] < 1.0
    scores = model.evaluate(BINARY, labels, verbose=0, return_dict=True)
    assert 0.0 < scores["reward_on_at_the_class"] < 1.0
    report = model.gradient_report(BINARY, labels, num_repeats=2, num_warmup=1)
    assert np.isfinite(report[model.estimator.label]["gradient_variance"])


# Files


@pytest.mark.parametrize(
    "kind, estimator, baseline",
    [("normal", "score_function", "critic"), ("categorical", "q_learning", None)],
)
def test_a_loaded_model_goes_on_as_the_saved_one(kind, estimator, baseline, tmp_path):
    model = compiled(
        kind, estimator=estimator, baseline=baseline, reward=closeness, beta=0.5
    )
    model.fit(BINARY, verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.beta == 0.5 and type(loaded.estimator) is type(model.estimator)
    histories = [
        m.fit(BINARY, verbose=0, shuffle=False, epochs=2).history
        for m in (model, loaded)
    ]
    assert histories[0] == histories[1]
    assert_same(values(model), values(loaded))


def test_config_is_complete():
    model = rl_vae("categorical", emit="sample", name="digits")
    config = model.get_config()
    arguments = set(inspect.signature(RLVAE.__init__).parameters)
    assert set(config) == arguments - {"self", "kwargs"} | {"name", "dtype"}
    copy = RLVAE.from_config(config)
    for key in set(config) - {"encoder", "decoder", "distribution"}:
        assert copy.get_config()[key] == config[key]


# What is refused


def test_an_encoder_without_variance_output():
    with pytest.raises(ValueError, match="encoder without variance output"):
        RLVAE(layered(2, 1, seed=1), layered(1, 2, seed=2), 1)


@pytest.mark.parametrize(
    "kind, arguments, message",
    [
        ("normal", {"estimator": "reinforce"}, "Unknown gradient estimator"),
        (
            "normal",
            {"estimator": "reparameterized", "baseline": "rloo"},
            r"takes no \['baseline'\]",
        ),
        (
            "normal",
            {"estimator": ScoreFunction(), "num_samples": 2},
            "has arguments of its own",
        ),
        ("categorical", {"estimator": "q_learning", "beta": 0.0}, "temperature above"),
        (
            "normal",
            {"reward": lambda samples: np.nan * samples[:, 0]},
            "is not finite on generated samples",
        ),
        ("normal", {"beta": -1.0}, "`beta` to be a float of at least 0"),
    ],
)
def test_compile_refuses(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        rl_vae(kind).compile(**arguments)


def test_a_reward_that_becomes_nan_leaves_the_weights():
    model = compiled(reward=NaNInTraining())
    before = values(model.encoder, model.decoder)
    with pytest.raises(FloatingPointError, match="'reward_na_n_in_training'"):
        model.fit(BINARY, verbose=0)
    assert_same(values(model.encoder, model.decoder), before)


def test_reports_want_samples_and_repeats():
    model = compiled()
    with pytest.raises(ValueError, match="at least 2, since a variance"):
        model.gradient_report(BINARY, num_repeats=1)
    with pytest.raises(ValueError, match=r"range \[0, 1\]"):
        model.gradient_report(3.0 * BINARY)
    with pytest.raises(ValueError, match=r"Call `compile\(\)` before"):
        rl_vae().gradient_report(BINARY)
