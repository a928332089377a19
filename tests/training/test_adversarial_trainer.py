"""What every adversarial model owes to Keras: one contract, three models."""

import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import distributions, losses, rewards
from keras_rlgen.models import GAN
from keras_rlgen.rl_models import ReinforceGAN
from tests import networks
from tests.networks import (
    assert_same,
    closeness,
    differ,
    real_labels,
    real_samples,
    values,
)

MODELS = {
    "gan": networks.gan,
    "conditional_gan": networks.conditional_gan,
    "reinforce_gan": networks.reinforce_gan,
}
JUDGED = {
    "discriminator_loss",
    "discriminator_accuracy_real",
    "discriminator_accuracy_generated",
}
EVALUATED = {
    "gan": JUDGED | {"generator_loss"},
    "conditional_gan": JUDGED | {"generator_loss"},
    "reinforce_gan": JUDGED | {"reward", "reward_discriminator"},
}
TRAINED = {
    **EVALUATED,
    "reinforce_gan": EVALUATED["reinforce_gan"]
    | {"generator_loss", "advantage_std", "entropy"},
}


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


@pytest.fixture
def mixed_precision():
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    yield
    keras.mixed_precision.set_dtype_policy(before)


GRAPH = {"run_eagerly": False, "jit_compile": False}


def sgd():
    return {
        "generator_optimizer": keras.optimizers.SGD(0.1),
        "discriminator_optimizer": keras.optimizers.SGD(0.2),
    }


def compiled(kind, model_arguments=None, **kwargs):
    """Returns a model that runs eagerly by default, as few steps are quicker so."""
    model = MODELS[kind](**(model_arguments or {}))
    model.compile(**{"run_eagerly": True, **sgd(), **kwargs})
    return model


def data(kind, count=12):
    """Returns the arguments that `fit` takes."""
    if kind == "conditional_gan":
        return real_samples(count), real_labels(count)
    return (real_samples(count),)


def train(model, kind, **kwargs):
    """Fits in three steps an epoch, unless told otherwise."""
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0, **kwargs}
    return model.fit(*data(kind), **arguments).history


def state(model):
    """All that training changes."""
    critic = getattr(getattr(model, "baseline", None), "optimizer", None)
    optimizers = [o for o in (model.optimizer, critic) if o is not None]
    return values(model, *optimizers) + [np.array(v) for v in model._seed_states()]


class Batches(keras.utils.PyDataset):
    def __init__(self, arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 3

    def __getitem__(self, index):
        batch = tuple(a[4 * index : 4 * index + 4] for a in self.arrays)
        return batch if len(batch) > 1 else batch[0]


def assert_alike(history, expected):
    """The same logs; sums of floats may be taken in another order."""
    assert history.keys() == expected.keys()
    for key, column in expected.items():
        np.testing.assert_allclose(
            history[key], column, rtol=1e-4, atol=1e-5, err_msg=key
        )


# Keras' loop


def test_arrays_data_sets_and_py_datasets_train_alike(kind, tmp_path):
    model = compiled(kind)
    model.save_weights(tmp_path / "start.weights.h5")
    arrays = data(kind)
    sliced = arrays if len(arrays) > 1 else arrays[0]
    expected = train(model, kind)
    weights = values(model)
    data_set = tf.data.Dataset.from_tensor_slices(sliced).batch(4)
    for batches in ([tf.constant(a) for a in arrays], [data_set], [Batches(arrays)]):
        model.load_weights(tmp_path / "start.weights.h5")
        size = 4 if tf.is_tensor(batches[0]) else None
        history = model.fit(*batches, batch_size=size, shuffle=False, verbose=0).history
        assert_alike(history, expected)
        assert_same(values(model), weights, rtol=1e-4, atol=1e-6)


def test_the_history_has_a_key_for_each_tracker(kind):
    model = compiled(kind, metrics=["frechet_distance", "precision_recall"])
    held_out = data(kind, 8)
    history = train(
        model,
        kind,
        batch_size=12,
        epochs=2,
        validation_data=held_out,
        validation_batch_size=4,
    )
    evaluated = EVALUATED[kind] | {"frechet_distance", "precision", "recall"}
    assert set(history) == TRAINED[kind] | {f"val_{key}" for key in evaluated}
    assert {len(column) for column in history.values()} == {2}
    assert np.isfinite(list(history.values())).all()

    results = model.evaluate(*held_out, batch_size=4, verbose=0, return_dict=True)
    assert set(results) == evaluated
    assert np.isfinite(list(results.values())).all()
    listed = model.evaluate(*held_out, batch_size=4, verbose=0)
    assert len(listed) == len(evaluated)


def test_metrics_compare_real_with_generated_samples():
    model = compiled("gan", {"ema_momentum": None}, metrics=["frechet_distance"])
    # A generator of a constant: the distance is |c - mean|^2 plus the real variance.
    model.generator.layers[-1].kernel.assign(np.zeros((4, 2)))
    model.generator.layers[-1].bias.assign([3.0, -1.0])
    real = real_samples(64)
    results = model.evaluate(real, batch_size=10, verbose=0, return_dict=True)
    expected = np.sum((real.mean(0) - [3.0, -1.0]) ** 2 + real.var(0, ddof=1))
    assert results["frechet_distance"] == pytest.approx(expected, rel=1e-4)


def test_a_step_is_the_same_however_it_is_run(kind):
    def run(**kwargs):
        model = compiled(kind, **kwargs)
        return train(model, kind), values(model)

    expected, weights = run()
    for how in (GRAPH, {**GRAPH, "steps_per_execution": 2}):
        history, trained = run(**how)
        assert_alike(history, expected)
        assert_same(trained, weights, rtol=1e-4, atol=1e-6)


def test_jit_compiled_training(kind, tmp_path):
    # XLA draws other random numbers, but always the same ones.
    how = {"run_eagerly": False, "jit_compile": True}
    model = compiled(kind, metrics=["frechet_distance"], **how)
    start = values(model)
    model.save_weights(tmp_path / "start.weights.h5")
    history = train(model, kind, validation_data=data(kind, 4))
    assert np.isfinite(list(history.values())).all()
    trained = values(model)
    assert differ(trained, start) and np.isfinite(np.concatenate(trained, None)).all()
    model.load_weights(tmp_path / "start.weights.h5")
    again = train(model, kind, validation_data=data(kind, 4))
    assert_alike(again, history)
    assert_same(values(model), trained, rtol=1e-4, atol=1e-6)


@pytest.mark.usefixtures("mixed_precision")
@pytest.mark.parametrize(
    "kind, how",
    [
        ("gan", {}),
        ("conditional_gan", {}),
        ("reinforce_gan", {}),
        ("reinforce_gan", {"baseline": "critic", **GRAPH}),
    ],
)
def test_mixed_precision(kind, how, tmp_path):
    model = compiled(kind, {"ema_momentum": 0.9}, **how)
    start = values(model.generator, model.discriminator)
    assert model.generator.compute_dtype == "float16"
    for optimizer in model.optimizer.members:
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        # From its default an overflow or two would come first.
        optimizer.dynamic_scale.assign(8.0)
    history = train(model, kind, validation_data=data(kind, 4))
    assert np.isfinite(list(history.values())).all()
    trained = values(model.generator, model.discriminator)
    assert differ(trained, start)
    assert all(v.dtype == np.float32 and np.isfinite(v).all() for v in trained)
    assert model.generate(3, seed=0).dtype == np.float32

    keras.mixed_precision.set_dtype_policy("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.dtype_policy.name == "mixed_float16"
    drawn = model.generate(3, seed=0)
    np.testing.assert_allclose(loaded.generate(3, seed=0), drawn, rtol=1e-4)
    assert float(loaded.optimizer.members[0].dynamic_scale) == 8.0
    assert_alike(train(loaded, kind), train(model, kind))


def test_overflow_under_mixed_precision_skips_the_update_only(mixed_precision):
    model = compiled("gan", **GRAPH)
    start = values(model.generator, model.discriminator)
    scales = [o.dynamic_scale for o in model.optimizer.members]
    for scale in scales:
        scale.assign(2.0**60)
    model.train_on_batch(real_samples(4))
    assert_same(values(model.generator, model.discriminator), start)
    assert [float(scale) for scale in scales] == [2.0**59] * 2


def test_the_generator_does_not_go_on_while_the_discriminator_overflows(
    mixed_precision,
):
    model = compiled("gan", {"discriminator_steps": 2}, **GRAPH)
    for optimizer in model.optimizer.members:
        optimizer.dynamic_scale.assign(8.0)
    scale = model.discriminator_optimizer.dynamic_scale
    # Whether the discriminator is updated, and the generator's updates then.
    for overflows, updates in [
        (True, 0),
        (False, 0),
        (False, 1),
        (True, 1),
        (True, 1),
        (False, 1),
        (True, 1),
        (False, 2),
    ]:
        scale.assign(2.0**60 if overflows else 8.0)
        model.train_on_batch(real_samples(4))
        assert int(model.generator_optimizer.iterations) == updates
    assert int(model.discriminator_optimizer.iterations) == 4


def test_a_scheduler_moves_both_learning_rates(kind):
    model = compiled(kind)
    seen = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(
            [float(o.learning_rate) for o in model.optimizer.members]
        )
    )
    schedule = keras.callbacks.LearningRateScheduler(
        lambda epoch, rate: [0.0, 0.05, 0.01][epoch]
    )
    history = train(model, kind, batch_size=12, epochs=3, callbacks=[schedule, watch])
    np.testing.assert_allclose(seen, [[0.0, 0.0], [0.05, 0.1], [0.01, 0.02]], rtol=1e-6)
    np.testing.assert_allclose(history["learning_rate"], [0.0, 0.05, 0.01], rtol=1e-6)


def test_a_learning_rate_of_zero_changes_no_weight(kind):
    model = compiled(
        kind, generator_optimizer="sgd", discriminator_optimizer=keras.optimizers.SGD()
    )
    model.optimizer.learning_rate = 0.0
    players = [getattr(model.generator, "network", model.generator)]
    players.append(model.discriminator)
    start = values(*players)
    train(model, kind)
    assert_same(values(*players), start)


def test_keras_callbacks_find_what_they_need(tmp_path):
    model = compiled("gan", metrics=["frechet_distance"], **GRAPH)
    plateau = keras.callbacks.ReduceLROnPlateau(
        "generator_loss", factor=0.5, patience=0, min_delta=1e6, mode="min"
    )
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", "val_frechet_distance", save_best_only=True, mode="min"
    )
    stop = keras.callbacks.EarlyStopping(
        "val_generator_loss", restore_best_weights=True, mode="min"
    )
    train(
        model,
        "gan",
        epochs=2,
        validation_data=data("gan", 4),
        callbacks=[keras.callbacks.TensorBoard(tmp_path), plateau, best, stop],
    )
    assert [float(o.learning_rate) for o in model.optimizer.members] == (
        pytest.approx([0.05, 0.1])
    )
    assert (tmp_path / "best.keras").exists()
    assert list((tmp_path / "train").iterdir())


class Interruption(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_an_interrupted_run_resumes_from_its_backup(kind, tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    def model():
        return compiled(kind, {"ema_momentum": 0.9}, generator_optimizer="adam")

    epochs = {"batch_size": 12, "epochs": 4}
    whole = model()
    history = train(whole, kind, **epochs)
    with pytest.raises(KeyboardInterrupt):
        train(model(), kind, callbacks=[backup(), Interruption()], **epochs)
    resumed = model()
    again = train(resumed, kind, callbacks=[backup()], **epochs)
    assert_alike(again, {key: column[2:] for key, column in history.items()})
    assert_same(state(resumed), state(whole), rtol=1e-4, atol=1e-6)


# Seeds and files


def test_the_same_seed_gives_the_same_weights(kind):
    first, second, other = (
        compiled(kind, {"seed": seed}, baseline="critic")
        if kind == "reinforce_gan"
        else compiled(kind, {"seed": seed})
        for seed in (5, 5, 6)
    )
    if kind == "reinforce_gan":
        # The critic's default network is initialised by Keras' own seed.
        second.baseline.set_weights(first.baseline.get_weights())
    histories = [train(model, kind, batch_size=6) for model in (first, second, other)]
    assert_alike(histories[0], histories[1])
    assert_same(values(first), values(second), rtol=1e-4, atol=1e-6)
    assert histories[0] != histories[2]
    assert differ(values(first.generator), values(other.generator))


def everything(kind):
    """Returns a model that has every kind of state there is."""
    adam = {
        "generator_optimizer": keras.optimizers.Adam(0.01),
        "discriminator_optimizer": keras.optimizers.Adam(
            keras.optimizers.schedules.ExponentialDecay(0.02, 2, 0.9)
        ),
    }
    generator = networks.stateful_generator()
    if kind == "conditional_gan":
        model = networks.conditional_gan(discriminator_steps=2, ema_momentum=0.9)
        wasserstein = losses.Wasserstein(losses.GradientPenalty(5.0))
        model.compile(loss=wasserstein, run_eagerly=True, **adam)
        return model
    arguments = {
        "discriminator": networks.stateful_discriminator(size=4),
        "latent_dim": 2,
        "discriminator_steps": 2,
        "ema_momentum": 0.9,
        "packing": 2,
        "seed": 0,
    }
    if kind == "gan":
        model = GAN(generator, **arguments)
        model.compile(loss=losses.Hinge(), run_eagerly=True, **adam)
        return model
    decay = keras.optimizers.schedules.PolynomialDecay(0.5, 6, 0.1)
    model = ReinforceGAN(
        generator,
        distribution=distributions.Normal(decay),
        samples_per_latent=2,
        **arguments,
    )
    model.compile(
        reward=rewards.Normalized(rewards.Discriminator("logit"), 0.9)
        + 0.1 * rewards.Shuffled(closeness, seed=1),
        baseline="critic",
        scale_advantages=False,
        adversarial_weight=0.25,
        run_eagerly=True,
        **adam,
    )
    return model


def test_training_goes_on_from_a_file_as_if_never_stopped(kind, tmp_path):
    model = everything(kind)
    # In the middle of the generator's turns, which are every second batch.
    train(model, kind)
    model.generate(2)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    saved = state(model)
    went_on = train(model, kind)

    # Keras' safe mode is on unless it is turned off, and nothing is passed by hand.
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    fresh = everything(kind)
    fresh.load_weights(tmp_path / "model.weights.h5")
    for other in (loaded, fresh):
        assert_same(state(other), saved)
        assert_alike(train(other, kind), went_on)
        assert_same(state(other), state(model), rtol=1e-4, atol=1e-6)
    drawn = model.generate(3)
    for other in (loaded, fresh):
        np.testing.assert_allclose(other.generate(3), drawn, rtol=1e-4, atol=1e-6)


def test_a_file_is_loaded_where_only_the_package_is_imported(tmp_path):
    model = compiled(
        "reinforce_gan", reward="discriminator", metrics=["frechet_distance"]
    )
    model.save(tmp_path / "model.keras")
    program = (
        "import json, keras, keras_rlgen\n"
        f"model = keras.models.load_model({str(tmp_path / 'model.keras')!r})\n"
        "assert model.compiled\n"
        "print(json.dumps(model.generate(2, seed=3).tolist()))"
    )
    process = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.returncode == 0, process.stderr
    generated = json.loads(process.stdout.strip().splitlines()[-1])
    np.testing.assert_allclose(generated, model.generate(2, seed=3), rtol=1e-6)


def test_an_uncompiled_model_is_saved_too(kind, tmp_path):
    model = MODELS[kind]()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert not loaded.compiled
    assert_same(values(loaded), values(model))
    trained = compiled(kind)
    trained.save(tmp_path / "trained.keras")
    loaded = keras.models.load_model(tmp_path / "trained.keras", compile=False)
    np.testing.assert_array_equal(
        loaded.generate(2, seed=0), trained.generate(2, seed=0)
    )


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused(share, tmp_path):
    path = tmp_path / "model.keras"
    compiled("gan").save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="accessible `.keras` zip file"):
        keras.models.load_model(path)


@pytest.mark.parametrize(
    "weights, error, message",
    [
        (lambda content: None, ValueError, "Expected a model.weights.h5"),
        (lambda content: content[:-100], OSError, "truncated file"),
    ],
)
def test_a_file_without_all_weights_is_refused(weights, error, message, tmp_path):
    path = tmp_path / "model.keras"
    compiled("gan").save(path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["model.weights.h5"] = weights(files["model.weights.h5"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    with pytest.raises(error, match=message):
        keras.models.load_model(path)


# Sampling


def test_a_seed_gives_the_same_samples(kind):
    model = MODELS[kind]()
    first = model.generate(4, seed=3)
    assert first.shape == (4, 2) and first.dtype == np.float32
    np.testing.assert_array_equal(model.generate(4, seed=3), first)
    assert (model.generate(4, seed=4) != first).any()
    drawn = [model.generate(4), model.generate(4)]
    assert (drawn[0] != drawn[1]).any()
    again = MODELS[kind]()
    np.testing.assert_array_equal(again.generate(4), drawn[0])


@pytest.mark.parametrize("count", [0, -1, 1.5, "4", None])
def test_the_number_of_samples_is_checked(kind, count):
    with pytest.raises(ValueError, match=f"positive integer.*Received: {count!r}"):
        MODELS[kind]().generate(count)


def test_numpy_integers_count_samples():
    model = networks.gan()
    np.testing.assert_array_equal(
        model.generate(np.int64(3), seed=0), model.generate(3, seed=0)
    )


@pytest.mark.parametrize(
    "kind, how",
    [
        ("gan", {}),
        ("conditional_gan", {}),
        ("reinforce_gan", {}),
        ("reinforce_gan", {"reward": lambda: rewards.UniformRandom(seed=3)}),
        ("reinforce_gan", {"reward": lambda: rewards.Shuffled(closeness, seed=3)}),
    ],
)
def test_looking_in_between_does_not_change_training(kind, how):
    quiet, watched = (
        compiled(
            kind,
            {"ema_momentum": 0.9},
            **{key: make() for key, make in how.items()},
        )
        for _ in range(2)
    )
    train(quiet, kind, batch_size=12)
    train(watched, kind, batch_size=12)
    watched.generate(5)
    watched.generate(5, seed=1)
    watched.evaluate(*data(kind, 4), verbose=0)
    watched.predict(
        [np.ones((2, 2)), np.ones(2, int)] if len(data(kind)) > 1 else np.ones((2, 2)),
        verbose=0,
    )
    train(quiet, kind, batch_size=12)
    train(watched, kind, batch_size=12, validation_data=data(kind, 4))
    assert_same(values(quiet), values(watched), rtol=1e-4, atol=1e-6)


# Bad input


def test_fit_and_evaluate_ask_for_compile(kind):
    for method in ("fit", "evaluate"):
        with pytest.raises(ValueError, match=rf"Call `compile\(\)` before `{method}"):
            getattr(MODELS[kind](), method)(*data(kind))


def test_one_optimizer_does_not_serve_two_players(kind):
    optimizer = keras.optimizers.SGD()
    with pytest.raises(ValueError, match="same instance.*make two"):
        compiled(kind, generator_optimizer=optimizer, discriminator_optimizer=optimizer)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"loss": "adversarial"}, "adversarial.*non_saturating"),
        ({"metrics": ["inception"]}, "Unknown metric: 'inception'.*frechet_distance"),
        ({"generator_optimizer": "addam"}, "addam"),
    ],
)
def test_unknown_names_leave_the_model_as_it_was(kind, arguments, message):
    model = MODELS[kind]()
    with pytest.raises(ValueError, match=message):
        model.compile(**arguments)
    assert not model.compiled
    model.compile(run_eagerly=True, **sgd())
    with pytest.raises(ValueError, match=message):
        model.compile(**arguments)
    train(model, kind)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        lambda: np.zeros((0, 2), "float32"),
        lambda: tf.data.Dataset.from_tensor_slices(np.zeros((0, 2))).batch(2),
    ],
    ids=["none", "array", "data_set"],
)
def test_empty_data_is_refused(method, make):
    model = compiled("gan")
    with pytest.raises(ValueError, match="at least one"):
        getattr(model, method)(make(), verbose=0)


def image_gan(**kwargs):
    model = GAN(networks.image_generator(), networks.image_discriminator(), 2, seed=0)
    model.compile(**{"run_eagerly": True, **sgd(), **kwargs})
    return model


@pytest.mark.parametrize("as_data_set", [False, True])
@pytest.mark.parametrize(
    "images, message",
    [
        (np.full((4, 4, 4, 1), 255, "uint8"), r"images / 127.5 - 1"),
        (np.zeros((4, 4, 4), "float32"), r"channel axis: `images\[..., None\]`"),
        (np.zeros((4, 4, 4, 3), "float32"), r"shape \(batch, 4, 4, 1\)"),
        (np.full((4, 4, 4, 1), np.nan, "float32"), "NaN or infinity"),
    ],
    ids=["range", "rank", "channels", "nan"],
)
def test_bad_images_are_named_before_any_update(images, message, as_data_set):
    model = image_gan()
    start = values(model)
    if as_data_set:
        images = tf.data.Dataset.from_tensors(images)
    with pytest.raises(ValueError, match=message):
        model.fit(images, shuffle=False, verbose=0)
    with pytest.raises(ValueError, match=message):
        model.evaluate(images, verbose=0)
    assert_same(values(model), start)


def test_words_are_no_images():
    with pytest.raises(TypeError, match="numeric dtype"):
        image_gan().fit(np.array([["a"]]))


@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_a_bad_batch_in_mid_stream_changes_no_weight(steps_per_execution, tmp_path):
    # The statistics of batch normalisation are weights too.
    model = GAN(
        networks.generator(),
        networks.stateful_discriminator(),
        2,
        ema_momentum=0.9,
        seed=0,
    )
    model.compile(steps_per_execution=steps_per_execution, jit_compile=False, **sgd())

    def fit(batches):
        data_set = tf.data.Dataset.from_tensor_slices(batches)
        model.fit(data_set, shuffle=False, verbose=0)

    batches = real_samples(32).reshape(8, 4, 2)
    broken = batches.copy()
    broken[5, 1, 1] = np.nan
    model.save_weights(tmp_path / "start.weights.h5")
    fit(batches[:5])
    sound = values(model)
    model.load_weights(tmp_path / "start.weights.h5")
    with pytest.raises(ValueError, match="finite real samples.*NaN"):
        fit(broken)
    assert_same(values(model), sound, rtol=1e-4, atol=1e-6)

    fit(batches)
    assert differ(values(model), sound)
    assert np.isfinite(np.concatenate(values(model), None)).all()


def test_a_bad_batch_in_evaluate_is_named():
    model = compiled("gan")
    batches = real_samples().reshape(3, 4, 2)
    batches[1, 0, 0] = np.inf
    with pytest.raises(ValueError, match="NaN or infinity"):
        model.evaluate(tf.data.Dataset.from_tensor_slices(batches), verbose=0)


def test_a_diverging_discriminator_is_stopped_with_finite_weights():
    optimizer = keras.optimizers.SGD(1e25)
    model = compiled("gan", loss="least_squares", discriminator_optimizer=optimizer)
    with pytest.raises(FloatingPointError, match="_loss' is not finite"):
        train(model, "gan", epochs=2)
    assert np.isfinite(np.concatenate(values(model), None)).all()


@pytest.mark.parametrize("dtype, size", [("float16", 3e3), ("float32", 1e25)])
def test_a_large_gradient_is_not_taken_for_an_infinite_one(dtype, size):
    # The gradient is about as large as the samples; its square overflows.
    keras.config.set_dtype_policy(dtype)
    try:
        players = networks.linear(2, 2), networks.linear(2, 1)
    finally:
        keras.config.set_dtype_policy("float32")
    model = GAN(*players, 2, seed=0)
    optimizer = keras.optimizers.SGD(0.1 / size)
    model.compile(
        "sgd", optimizer, loss=losses.Wasserstein(penalty=None), run_eagerly=True
    )
    start = values(model.discriminator)
    model.fit(size * real_samples(8), verbose=0)
    assert differ(values(model.discriminator), start)
    assert np.isfinite(np.concatenate(values(model), None)).all()


def test_an_embedding_without_slope_is_stopped_with_its_weights():
    model = compiled("conditional_gan", run_eagerly=True)
    (embedding,) = (
        layer
        for layer in model.generator.layers
        if isinstance(layer, keras.layers.Embedding)
    )
    # The root has no finite slope where the embedding starts.
    embedding.embeddings.assign(np.zeros(embedding.embeddings.shape))
    call = embedding.call
    embedding.call = lambda inputs: keras.ops.sqrt(call(inputs))
    start = values(model.generator)
    with pytest.raises(FloatingPointError, match="'generator_gradient' is not finite"):
        train(model, "conditional_gan")
    assert_same(values(model.generator), start)


def test_a_generator_without_slope_is_stopped_with_its_weights():
    # The root has no finite slope where it starts, while its value is finite.
    generator = networks.linear(2, 2, np.zeros((2, 2)))
    generator.layers[-1].activation = keras.ops.sqrt
    model = GAN(generator, networks.discriminator(), 2, ema_momentum=None, seed=0)
    model.compile(run_eagerly=True, **sgd())
    with pytest.raises(FloatingPointError, match="'generator_gradient' is not finite"):
        train(model, "gan")
    assert all((v == 0.0).all() for v in values(generator))
