import json
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import (
    GAN,
    ReinforceGAN,
    RestoringGAN,
    RestoringVAE,
    baselines,
    distributions,
    metrics,
    rewards,
)
from keras_rlgen.callbacks import RewardControls
from keras_rlgen.callbacks.reward_controls import Snapshot
from keras_rlgen.layers import RandomMask
from keras_rlgen.pictures import format_table
from tests import restoring
from tests.networks import binary_samples, closeness
from tests.rl_models.autoencoders import compiled

DATA = np.random.default_rng(0).uniform(-1.0, 1.0, (16, 2)).astype("float32")
HELD_OUT = DATA[:8] * 0.5
FIT = {"batch_size": 8, "shuffle": False}


def networks():
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(2, activation="tanh")]
    )
    discriminator = keras.Sequential(
        [
            keras.layers.Input((2,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dropout(0.2, seed=1),
            keras.layers.Dense(1),
        ]
    )
    return generator, discriminator


def make_gan(learning_rate=0.01, run_eagerly=True, **compile_arguments):
    # To compile takes longer than the few steps of these tests.
    gan = ReinforceGAN(*networks(), latent_dim=3, seed=0, ema_momentum=0.5)
    gan.compile(
        keras.optimizers.Adam(learning_rate),
        keras.optimizers.Adam(learning_rate),
        run_eagerly=run_eagerly,
        **compile_arguments,
    )
    return gan


def mean(samples):
    return tf.reduce_mean(samples, axis=-1)


def train(gan, controls=None, epochs=2):
    callbacks = [controls] if controls else []
    gan.fit(DATA, epochs=epochs, verbose=0, callbacks=callbacks, **FIT)


def state(gan):
    parts = [gan, gan.optimizer, gan.reward, gan.baseline]
    return [v.numpy() for part in parts for v in part.variables]


def assert_same(left, right):
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one, other)


def run(tmp_path, printed=None):
    """Trains with all controls, under a reward that has statistics."""
    reward = rewards.Discriminator() + rewards.Normalized(mean, momentum=0.5)
    gan = make_gan(reward=reward, metrics=["frechet_distance"])
    controls = RewardControls(
        DATA,
        HELD_OUT,
        path=tmp_path / "deep" / "controls.json",
        fit_arguments=FIT,
        verbose=printed is not None,
    )
    train(gan, controls)
    return gan, controls


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reward_controls")
    return *run(folder), folder


def test_results_have_a_row_for_the_reward_and_each_control(trained):
    _, controls, _ = trained
    assert list(controls.results) == [
        "reward",
        "constant",
        "uniform_random",
        "shuffled",
    ]
    terms = {
        "reward": {"reward_discriminator", "reward_mean"},
        "constant": {"reward_constant"},
        "uniform_random": {"reward_uniform_random"},
        "shuffled": {"reward_discriminator", "reward_mean"},
    }
    common = set(controls.results["reward"]) - terms["reward"]
    assert common >= {"reward", "discriminator_loss", "frechet_distance"}
    for name, row in controls.results.items():
        assert set(row) == common | terms[name]
        assert np.isfinite(list(row.values())).all()
    assert controls.results["constant"]["reward"] == 1.0
    distances = {row["frechet_distance"] for row in controls.results.values()}
    assert len(distances) == 4


def test_results_are_written_as_json(trained):
    _, controls, folder = trained
    text = (folder / "deep" / "controls.json").read_text()
    assert text.endswith("}\n") and json.loads(text) == controls.results


def test_two_runs_are_the_same(trained, tmp_path, capsys):
    _, first, _ = trained
    _, second = run(tmp_path, printed=True)
    assert second.results == first.results
    assert capsys.readouterr().out.endswith(format_table(first.results) + "\n")


def test_the_trained_model_is_left_as_it_is(trained):
    gan, _, _ = trained
    reward = rewards.Discriminator() + rewards.Normalized(mean, momentum=0.5)
    alone = make_gan(reward=reward, metrics=["frechet_distance"])
    train(alone)
    assert_same(state(gan), state(alone))
    # Its reward listens to its own discriminator, as it did.
    samples = tf.constant(HELD_OUT)
    expected = tf.math.log_sigmoid(gan.discriminator(samples)[:, 0])
    _, terms = gan.reward.terms(samples)
    np.testing.assert_allclose(terms["discriminator"], expected, rtol=1e-5)


def test_every_row_starts_where_the_training_did():
    """With learning rates of zero all rows are of one model and one reward."""

    def first(samples):
        return samples[:, 0]

    # None of these would come back from its config: weights, and two functions that
    # are not registered.
    classifier = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3)])
    reward = rewards.ClassifierConfidence(classifier) + mean + first
    reward = rewards.Normalized(reward, momentum=0.5)
    features = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2)])
    gan = make_gan(0.0, reward=reward, metrics=[metrics.FrechetDistance(features)])
    gan.reward.terms(10.0 * DATA, training=True)
    controls = RewardControls(
        DATA,
        HELD_OUT,
        controls=("constant", "shuffled"),
        fit_arguments=FIT,
        verbose=False,
    )
    train(gan, controls)
    expected = controls.results.pop("reward")
    for name, row in controls.results.items():
        same = set(row) if name == "shuffled" else set(row) - {"reward"}
        for key in same & set(expected):
            assert row[key] == pytest.approx(expected[key], rel=1e-5), (name, key)
    assert {"reward", "frechet_distance", "reward_first"} <= same


@pytest.mark.parametrize("samples_per_latent", [1, 3])
def test_a_constant_reward_moves_no_weight_of_a_policy(samples_per_latent):
    """With the leave-one-out baseline every advantage is zero."""
    gan = ReinforceGAN(
        *networks(),
        latent_dim=3,
        distribution=distributions.Normal(0.3, learned=True),
        samples_per_latent=samples_per_latent,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(0.1),
        keras.optimizers.Adam(0.1),
        baseline="rloo",
        run_eagerly=True,
    )
    start = [v.numpy() for v in gan.generator.trainable_variables]
    assert len(start) == 3
    snapshot = Snapshot(gan)
    for reward, moves in (
        (rewards.Constant(), False),
        (rewards.UniformRandom(0), True),
    ):
        model = snapshot.model(reward=reward)
        judged = [v.numpy() for v in model.discriminator.trainable_variables]
        train(model, epochs=1)
        for variable, value in zip(
            model.generator.trainable_variables, start, strict=True
        ):
            assert np.any(variable.numpy() != value) == moves
        for variable, value in zip(
            model.discriminator.trainable_variables, judged, strict=True
        ):
            assert np.any(variable.numpy() != value)


def test_a_snapshot_goes_on_as_the_model_would_have():
    gan = make_gan(baseline=baselines.Critic(optimizer="adam"))
    train(gan, epochs=1)
    gan.generate(1)
    snapshot = Snapshot(gan)
    train(gan, epochs=1)
    copy = snapshot.model()
    train(copy, epochs=1)
    assert_same(state(copy), state(gan))
    assert_same(
        [v.numpy() for v in copy.baseline.optimizer.variables],
        [v.numpy() for v in gan.baseline.optimizer.variables],
    )


def test_controls_of_ones_own_in_compiled_training():
    gan = make_gan(reward=mean, run_eagerly=False)
    controls = RewardControls(
        DATA,
        HELD_OUT,
        controls={"half": rewards.Constant(0.5), "error": rewards.Discriminator()},
        fit_arguments=FIT,
        verbose=False,
    )
    # Each time the controls are copies of the model as it then is.
    for _ in range(2):
        train(gan, controls, epochs=1)
        assert list(controls.results) == ["reward", "half", "error"]
        assert controls.results["half"]["reward"] == 0.5


# Other models that are trained by reward


def make_restoring_vae(reward):
    networks = restoring.encoder(), restoring.generator()
    vae = RestoringVAE(*networks, 2, RandomMask("square", 0.75, seed=1), seed=0)
    vae.compile(keras.optimizers.Adam(0.01), reward=reward, run_eagerly=True)
    return vae


def make_restoring_gan(reward):
    players = restoring.generator(), restoring.discriminator()
    mask = RandomMask("square", 0.75, seed=1)
    gan = RestoringGAN(*players, 2, mask, ema_momentum=0.5, seed=0)
    adam = [keras.optimizers.Adam(0.01) for _ in range(2)]
    gan.compile(*adam, reward=reward, reward_weight=3.0, run_eagerly=True)
    return gan


BITS = binary_samples(8, 2)
SCORE_FUNCTION = {"estimator": "score_function", "baseline": "critic"}
PATHWISE = {"estimator": "reparameterized"}
MODELS = {
    "score_function": (partial(compiled, **SCORE_FUNCTION), BITS, closeness),
    "pathwise": (partial(compiled, **PATHWISE), BITS, closeness),
    "restoring_vae": (make_restoring_vae, restoring.images(8), "boundary_smoothness"),
    "restoring_gan": (make_restoring_gan, restoring.images(8), "boundary_smoothness"),
    "its own judge": (make_restoring_gan, restoring.images(8), "discriminator"),
}
RESTORING = make_restoring_vae, make_restoring_gan


def fit(model, data, callbacks=()):
    arguments = {"batch_size": 4, "shuffle": False}
    model.fit(data, epochs=2, verbose=0, callbacks=list(callbacks), **arguments)
    return model


def evaluate(model, data):
    return model.evaluate(data[:5], verbose=0, return_dict=True)


def everything(model):
    critic = getattr(getattr(model, "estimator", None), "baseline", None)
    parts = [model, model.optimizer, getattr(critic, "optimizer", model.optimizer)]
    return [v.numpy() for part in parts for v in part.variables]


@pytest.mark.parametrize("name", MODELS)
def test_controls_of_every_model(name):
    make, data, reward = MODELS[name]

    def controlled():
        keras.utils.set_random_seed(0)
        controls = RewardControls(
            data, data[:5], fit_arguments={"batch_size": 4, "shuffle": False}
        )
        return fit(make(reward=reward), data, [controls]), controls.results

    model, results = controlled()
    assert list(results) == ["reward", "constant", "uniform_random", "shuffled"]
    for row in results.values():
        assert "reward" in row and np.isfinite(list(row.values())).all()
    keras.utils.set_random_seed(0)
    assert_same(everything(model), everything(fit(make(reward=reward), data)))
    assert results["reward"] == evaluate(model, data)
    keras.utils.set_random_seed(0)
    assert results["constant"] == evaluate(fit(make(reward="constant"), data), data)
    if name == "score_function":
        assert controlled()[1] == results
    column = "restoration_error" if make in RESTORING else "reconstruction_nll"
    assert results["reward"][column] != results["constant"][column]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_compiled_without_reward_is_refused(name):
    make, data, _ = MODELS[name]
    with pytest.raises(ValueError, match="compiled with a reward.*Received: `R") as e:
        fit(make(reward=None), data, [RewardControls(data, data)])
    assert "Pass `reward=` to `compile`" in str(e.value)


def test_unknown_controls_are_refused():
    with pytest.raises(ValueError, match=r"Unknown reward controls: \['zero'\]") as e:
        RewardControls(DATA, HELD_OUT, controls=["constant", "zero"])
    assert "['constant', 'shuffled', 'uniform_random']" in str(e.value)


def test_a_model_without_reward_is_refused():
    gan = GAN(*networks(), latent_dim=3)
    gan.compile()
    with pytest.raises(TypeError, match="that is trained by reward") as error:
        gan.fit(DATA, verbose=0, callbacks=[RewardControls(DATA, HELD_OUT)])
    assert "Received: GAN" in str(error.value)
