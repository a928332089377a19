import os
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import datasets, metrics
from keras_rlgen.metrics import classifiers

# The tests' configuration shortens it once they run.
FULL_TRAINING = classifiers._TRAINING_STEPS["digits"]


@pytest.fixture
def cache_file(monkeypatch, tmp_path):
    """Where the classifier of digits is kept, in a cache of the test's own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "keras_rlgen" / "digits_classifier_1.keras"


@pytest.fixture
def no_training(monkeypatch):
    """Counts trainings, which leave the initial weights."""
    trainings = []

    def build(images, labels, training_steps, verbose):
        trainings.append((images.shape, training_steps))
        return classifiers._build(images.shape[1:], 10, seed=0), None

    monkeypatch.setattr(classifiers, "train_classifier", build)
    return trainings


@pytest.fixture
def short_training(monkeypatch):
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 2)


def test_digits_are_recognised(cache_file, monkeypatch):
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", FULL_TRAINING)
    (_, _), (images, labels) = datasets.digits()
    model = metrics.classifier("digits")
    logits = model.predict(images, verbose=0)
    assert logits.shape == (360, 10)
    assert np.mean(logits.argmax(axis=1) == labels) > 0.97
    assert logits.min() < 0.0
    assert not model.trainable_variables


def test_the_second_use_reads_the_file_of_the_first(cache_file, no_training):
    trained = metrics.classifier("digits")
    loaded = metrics.classifier("digits")
    assert no_training == [((1437, 8, 8, 1), 100)]
    names = [cache_file.with_suffix(".json").name, cache_file.name]
    assert sorted(os.listdir(cache_file.parent)) == names
    images = datasets.digits()[1][0]
    np.testing.assert_allclose(loaded(images), trained(images), atol=1e-6)
    assert not loaded.trainable_variables
    assert not loaded.compiled


@pytest.mark.parametrize("damage", ["empty", "truncated", "flipped", "other model"])
def test_a_damaged_file_is_replaced(damage, cache_file, no_training):
    expected = metrics.classifier("digits")
    content = bytearray(cache_file.read_bytes())
    if damage == "empty":
        cache_file.write_bytes(b"")
    elif damage == "truncated":
        cache_file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[2000:4000] = bytes(2000)
        cache_file.write_bytes(content)
    else:
        other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        other.save(cache_file)
    with pytest.warns(UserWarning, match="training that classifier again"):
        replaced = metrics.classifier("digits")
    again = metrics.classifier("digits")
    assert len(no_training) == 2
    images = datasets.digits()[1][0]
    np.testing.assert_allclose(replaced(images), expected(images), atol=1e-5)
    np.testing.assert_allclose(again(images), expected(images), atol=1e-5)


def test_a_folder_that_cannot_be_written_is_no_obstacle(cache_file, no_training):
    cache_file.parent.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="set `KERAS_HOME` to a folder"):
        assert metrics.classifier("digits").output_shape == (None, 10)


def test_first_use_inside_a_graph(cache_file, short_training):
    images = datasets.digits()[1][0]
    held = []

    @tf.function(jit_compile=True)
    def logits_of(samples):
        if not held:
            held.append(metrics.classifier("digits"))
        return held[0](samples, training=False)

    logits = logits_of(images)
    np.testing.assert_allclose(logits, held[0](images), atol=1e-4)


def draws():
    return (
        random.random(),
        float(np.random.rand()),
        float(tf.random.normal(())),
        float(keras.random.normal(())),
        float(keras.initializers.GlorotUniform()((1, 1))[0, 0]),
    )


def test_unknown_data_set():
    with pytest.raises(ValueError, match="one of digits, mnist, fashion_mnist"):
        metrics.classifier("imagenet")


def stripes(count, size=12, channels=3):
    """Horizontal, vertical and no stripes."""
    noise = np.random.default_rng(0).normal(0.0, 0.1, (count, size, size, channels))
    labels = np.arange(count) % 3
    wave = np.where(np.arange(size) % 2, 0.5, -0.5)
    noise[labels == 0] += wave[:, np.newaxis, np.newaxis]
    noise[labels == 1] += wave[:, np.newaxis]
    return noise, labels


def test_train_classifier_learns_other_images():
    images, labels = stripes(300)
    model, features = metrics.train_classifier(
        images[:240], labels[:240], training_steps=40, learning_rate=1e-3, seed=3
    )
    logits = model.predict(images[240:], verbose=0)
    assert logits.shape == (60, 3)
    assert np.mean(logits.argmax(axis=1) == labels[240:]) == 1.0
    assert features(images[:5]).shape == (5, 64)
    assert not model.trainable_variables and not features.trainable_variables


def test_train_classifier_neither_uses_nor_changes_what_is_global():
    images, labels = stripes(64)
    images = images.astype("float32")
    keras.utils.set_random_seed(1)
    expected_draws = draws()
    keras.utils.set_random_seed(1)
    first, _ = metrics.train_classifier(images, labels, training_steps=2, seed=5)
    assert draws() == expected_draws

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        same, features = metrics.train_classifier(
            images, labels, training_steps=2, seed=5
        )
    finally:
        keras.config.set_dtype_policy(policy)
    assert same.compute_dtype == features.compute_dtype == "float32"
    np.testing.assert_allclose(same(images), first(images), atol=1e-5)

    other, _ = metrics.train_classifier(images, labels, training_steps=2, seed=6)
    assert np.abs(other(images) - first(images)).max() > 1e-2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((4, 8, 8))}, r"shape \(n, height, width, channels\)"),
        ({"labels": np.zeros(3, "int32")}, r"`labels` of shape \(n,\)"),
        ({"images": np.zeros((4, 8, 8, 1), "uint8")}, "float `images`.*uint8"),
        ({"labels": np.array([0.0, 1.0, 0.0, 1.0])}, "integer `labels`.*float64"),
        ({"labels": np.array([0, 1, -1, 1])}, "labels from -1 to 1"),
        ({"labels": np.array([0, 0, 0, 0])}, "at least two classes"),
        ({"training_steps": 0}, "`training_steps` must be at least 1"),
    ],
)
def test_train_classifier_names_wrong_arguments(changes, message):
    valid = {"images": np.zeros((4, 8, 8, 1)), "labels": np.array([0, 1, 0, 1])}
    with pytest.raises(ValueError, match=message):
        metrics.train_classifier(**{**valid, **changes})


@pytest.mark.parametrize(
    "options, message",
    [
        ({"images": np.full((4, 2, 2, 1), np.nan)}, "finite `images`"),
        ({"images": np.full((4, 2, 2, 1), 1e6)}, "Rescale them"),
        ({"learning_rate": float("nan")}, "`learning_rate`"),
        ({"seed": -1}, "`seed`"),
        ({"training_steps": 1.5}, "`training_steps`"),
    ],
)
def test_what_no_classifier_learns_from(options, message):
    valid = {"images": np.zeros((4, 2, 2, 1)), "labels": np.arange(4) % 2}
    with pytest.raises(ValueError, match=message):
        metrics.train_classifier(**{**valid, "training_steps": 1, **options})


def test_another_classifier_in_the_cache_is_replaced(cache_file, no_training):
    """A file with a layer of the same name, and other weights."""
    metrics.classifier("digits")
    model = classifiers._build((8, 8, 1), 10, seed=1)
    model.save(cache_file)
    with pytest.warns(UserWarning, match="not the classifier that was trained"):
        metrics.classifier("digits")
    assert len(no_training) == 2
