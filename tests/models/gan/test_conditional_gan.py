import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import ConditionalGAN
from tests import networks
from tests.networks import assert_same, real_labels, real_samples, values

REAL, LABELS = real_samples(6), real_labels(6)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def linear_with_labels(outputs, seed):
    """Returns `x K + E[label]`, whose bias depends on the class."""
    vectors = keras.layers.Input((2,))
    labels = keras.layers.Input((), dtype="int32")
    random = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
    bias = keras.layers.Embedding(3, outputs, embeddings_initializer=random)(labels)
    kernel = keras.layers.Dense(outputs, use_bias=False, kernel_initializer=random)
    return keras.Model([vectors, labels], keras.layers.Add()([kernel(vectors), bias]))


def test_a_step_shows_both_networks_the_labels():
    """Mirza & Osindero, 2014, equation 2, in NumPy: `log D(x|y)`, `D(G(z|y)|y)`."""
    generator, discriminator = linear_with_labels(2, 1), linear_with_labels(1, 2)
    gan = ConditionalGAN(generator, discriminator, 2, 3, seed=7)
    gan.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.2),
        loss="non_saturating",
        run_eagerly=True,
    )
    weights = {v.path.split("/")[-1]: np.array(v) for v in generator.weights}
    kernel, table = weights["kernel"], weights["embeddings"]
    weights = {v.path.split("/")[-1]: np.array(v) for v in discriminator.weights}
    direction, offsets = weights["kernel"], weights["embeddings"]
    gan.train_on_batch(REAL, LABELS)

    stream = keras.random.SeedGenerator(7)
    stream.next()  # How real samples are seen, which is as they are.
    one_hot = np.eye(3)[LABELS]
    latents = np.array(keras.random.normal((6, 2), seed=stream))
    generated = latents @ kernel + table[LABELS]
    real_slope = (sigmoid(REAL @ direction + offsets[LABELS]) - 1.0) / 6
    generated_slope = sigmoid(generated @ direction + offsets[LABELS]) / 6
    direction = direction - 0.2 * (REAL.T @ real_slope + generated.T @ generated_slope)
    offsets = offsets - 0.2 * one_hot.T @ (real_slope + generated_slope)

    latents = np.array(keras.random.normal((6, 2), seed=stream))
    logits = (latents @ kernel + table[LABELS]) @ direction + offsets[LABELS]
    slope = (sigmoid(logits) - 1.0) / 6 @ direction.T
    kernel = kernel - 0.1 * latents.T @ slope
    table = table - 0.1 * one_hot.T @ slope

    weights = {v.path.split("/")[-1]: np.array(v) for v in discriminator.weights}
    np.testing.assert_allclose(weights["kernel"], direction, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weights["embeddings"], offsets, rtol=1e-4, atol=1e-6)
    weights = {v.path.split("/")[-1]: np.array(v) for v in generator.weights}
    np.testing.assert_allclose(weights["kernel"], kernel, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(weights["embeddings"], table, rtol=1e-4, atol=1e-6)


def test_arrays_and_tensors_are_judged_alike():
    networks_with_labels = linear_with_labels(2, 1), linear_with_labels(1, 2)
    gan = ConditionalGAN(*networks_with_labels, 2, 3)
    samples, labels = np.array(REAL, "float32"), np.array(LABELS)
    logits = gan.judge_each(samples, labels)
    expected = gan.judge_each(tf.constant(samples), tf.constant(labels))
    assert logits.shape == (6,)
    np.testing.assert_array_equal(logits, expected)


def test_samples_are_of_the_classes_asked_for():
    generator = linear_with_labels(2, 1)
    for weight in generator.weights:
        table = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
        weight.assign(table if "embeddings" in weight.path else 0.1 * np.eye(2))
    gan = ConditionalGAN(generator, linear_with_labels(1, 2), 2, 3, seed=0)

    def classes(samples):
        return np.where(samples.max(axis=1) < 5.0, 0, samples.argmax(axis=1) + 1)

    for labels in ([2, 0, 1, 1], np.array([2, 0, 1, 1]), range(3)):
        drawn = gan.generate(len(labels), condition=labels, seed=0)
        np.testing.assert_array_equal(classes(drawn), list(labels))
    # By default every class is as likely, and the seed tells which.
    drawn = gan.generate(300, seed=1)
    np.testing.assert_array_equal(gan.generate(300, seed=1), drawn)
    assert (np.bincount(classes(drawn), minlength=3) > 70).all()
    predicted = gan.predict([np.zeros((3, 2)), np.arange(3)], verbose=0)
    np.testing.assert_array_equal(classes(predicted), [0, 1, 2])


def test_wasserstein_penalises_under_the_labels():
    gan = networks.conditional_gan()
    gan.compile(loss="wasserstein", run_eagerly=True)
    history = gan.fit(REAL, LABELS, batch_size=4, epochs=2, verbose=0).history
    assert np.isfinite(list(history.values())).all()


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_labels_may_have_an_axis_of_their_own(shape):
    gan = networks.conditional_gan()
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), run_eagerly=True)
    gan.fit(REAL, LABELS.reshape(shape), shuffle=False, verbose=0)
    other = networks.conditional_gan()
    other.compile(
        keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), run_eagerly=True
    )
    other.fit(REAL, LABELS, shuffle=False, verbose=0)
    assert_same(values(gan), values(other))


def test_config_is_complete():
    gan = networks.conditional_gan(ema_momentum=0.5, discriminator_steps=2, seed=3)
    config = gan.get_config()
    arguments = {
        *inspect.signature(ConditionalGAN.__init__).parameters,
        *inspect.signature(ConditionalGAN.__mro__[1].__init__).parameters,
    }
    # Of the base's, `packing` is accepted as 1.
    assert set(config) == arguments - {"self", "kwargs"} | {"dtype"}
    copy = ConditionalGAN.from_config(config).get_config()
    for key in set(config) - {"generator", "discriminator"}:
        assert copy[key] == config[key]


def test_packing_is_refused():
    with pytest.raises(ValueError, match="support packing. Received: packing=2"):
        networks.conditional_gan(packing=2)


@pytest.mark.parametrize(
    "labels, message",
    [
        (None, r"such as labels: `fit\(x, y\)`"),
        (np.array([], int), "at least one label"),
        (np.array([0, 1, 2, 3, 0, 0]), r"in \[0, 3\). Received: .* from 0 to 3"),
        (np.array([0, -1, 0, 0, 0, 0]), "from -1 to 0"),
        (np.zeros(6), "Received: dtype float64"),
    ],
)
def test_bad_labels_are_named(labels, message):
    gan = networks.conditional_gan()
    gan.compile(run_eagerly=True)
    start = values(gan)
    with pytest.raises(ValueError, match=message):
        gan.fit(REAL, labels, verbose=0)
    assert_same(values(gan), start)


@pytest.mark.parametrize("how", [{"run_eagerly": True}, {"jit_compile": True}])
def test_a_label_that_is_no_class_in_mid_stream_changes_no_weight(how, tmp_path):
    gan = networks.conditional_gan()
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), **how)

    def fit(labels):
        batches = tf.data.Dataset.from_tensor_slices((REAL[: len(labels)], labels))
        gan.fit(batches.batch(2), shuffle=False, verbose=0)

    gan.save_weights(tmp_path / "start.weights.h5")
    fit(LABELS[:4])
    sound = values(gan)
    gan.load_weights(tmp_path / "start.weights.h5")
    with pytest.raises(ValueError, match=r"integer labels in \[0, 3\)"):
        fit([*LABELS[:4], 0, 3])
    assert_same(values(gan), sound, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "count, labels, message",
    [
        (2, [0, 1, 2], r"shape \(2,\), one label per sample. Received: \(3,\)"),
        (2, 1, r"shape \(2,\), one label per sample. Received: \(\)"),
        (2, [0, 3], r"in \[0, 3\)"),
        (2, [0.0, 1.0], "Received: dtype float64"),
        (0, None, "positive integer.*Received: 0"),
    ],
)
def test_bad_labels_of_generate_are_named(count, labels, message):
    with pytest.raises(ValueError, match=message):
        networks.conditional_gan().generate(count, condition=labels)
