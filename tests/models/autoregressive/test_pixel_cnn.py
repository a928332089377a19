import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from keras_rlgen.layers import MaskedConvolution
from keras_rlgen.models import GatedPixelCNN, PixelCNN

IMAGES = np.array(list(itertools.product((0.0, 1.0), repeat=4)), "float32")
IMAGES = IMAGES.reshape(16, 2, 2, 1)


def randomize(network):
    random = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign(0.7 * random.normal(size=weight.shape))
    return network


def gated(image_shape=(2, 2, 1), num_levels=2, **kwargs):
    sizes = {"filters": 4, "num_blocks": 1, "first_kernel_size": 3, "seed": 0}
    return randomize(GatedPixelCNN(image_shape, num_levels, **{**sizes, **kwargs}))


def plain(network):
    """Returns the network as one that is not known to be a `GatedPixelCNN`."""
    inputs = [keras.Input(s[1:]) for s in network.input_shape]
    return keras.Model(inputs, network(inputs))


@pytest.fixture(scope="module")
def binary():
    return PixelCNN(gated(), seed=0)


@pytest.fixture(scope="module")
def colours():
    """Returns a conditional model of two channels and three levels."""
    network = gated((3, 3, 2), 3, num_blocks=2, num_classes=2)
    return PixelCNN(network, num_classes=2, value_range=(-1.0, 1.0), seed=0)


def test_probabilities_of_all_images_sum_to_one(binary):
    log_probs = binary.log_prob(IMAGES)
    assert log_probs.shape == (16,) and binary.likelihood == "exact"
    np.testing.assert_allclose(np.exp(log_probs).sum(), 1.0, rtol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_sampled_frequencies_are_the_probabilities(binary, temperature):
    samples = binary.generate(4000, seed=1, temperature=temperature)
    codes = samples.reshape(-1, 4) @ [8, 4, 2, 1]
    counts = np.bincount(codes.astype(int), minlength=16)
    # The network's own logits, pixel by pixel.
    logits = binary(IMAGES).numpy().reshape(16, 4, 2).astype("float64") / temperature
    log_probs = logits - np.logaddexp(logits[..., :1], logits[..., 1:])
    levels = IMAGES.reshape(16, 4, 1).astype(int)
    chosen = np.take_along_axis(log_probs, levels, axis=-1)[..., 0]
    expected = 4000 * np.exp(chosen.sum(axis=-1))
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_log_prob_of_classes(colours):
    samples, labels = colours.generate(5, [0, 1, 1, 0, 1], seed=0), [0, 1, 1, 0, 1]
    assert set(np.unique(samples)) == {-1.0, 0.0, 1.0}
    logits = colours([samples, np.array(labels)]).numpy()
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    levels = (samples + 1.0).astype(int)[..., None]
    expected = np.take_along_axis(logits, levels, -1).sum(axis=(1, 2, 3, 4))
    np.testing.assert_allclose(colours.log_prob(samples, labels), expected, rtol=1e-5)


def test_kept_features_give_the_samples_of_whole_evaluations(colours):
    other = PixelCNN(
        plain(colours.network), num_classes=2, value_range=(-1.0, 1.0), seed=0
    )
    labels = [0, 1, 1]
    np.testing.assert_array_equal(
        colours.generate(3, labels, seed=5), other.generate(3, labels, seed=5)
    )


def test_images_are_rounded_to_levels(colours):
    images = np.array([-1.0, -0.6, -0.4, 0.4, 0.6, 1.0], "float32")
    np.testing.assert_array_equal(colours.levels(images), [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(colours.values([0, 1, 2]), [-1.0, 0.0, 1.0])


def test_draws_have_a_log_probability_with_a_gradient(colours):
    labels = tf.constant([0, 1, 1])
    draw = colours.draw(3, tf.constant([1, 2]), labels)
    with tf.GradientTape() as tape:
        log_probs = colours.draw_log_prob(draw)
    np.testing.assert_allclose(
        tf.reduce_sum(log_probs, axis=1),
        colours.log_prob(draw.samples, labels),
        rtol=1e-5,
    )
    gradients = tape.gradient(log_probs, colours.policy_variables)
    assert len(gradients) == len(colours.trainable_variables)
    assert all(g is not None for g in gradients)


def test_log_probs_of_a_draw_are_those_of_its_values_in_raster_order(colours):
    """Row by row, from left to right, from channel to channel."""
    labels = tf.constant([0, 1])
    draw = colours.draw(2, tf.constant([1, 2]), labels)
    logits = colours([draw.samples, labels]).numpy().astype("float64")
    expected = [
        [
            logits[index, row, column, channel, level]
            - np.log(np.exp(logits[index, row, column, channel]).sum())
            for row, column, channel in itertools.product(range(3), range(3), range(2))
            for level in [int(draw.samples[index, row, column, channel]) + 1]
        ]
        for index in range(2)
    ]
    np.testing.assert_allclose(colours.draw_log_prob(draw), expected, rtol=1e-4)
    samples, log_probs = colours.sample_with_log_prob(2, [0, 1], seed=3)
    assert log_probs.shape == (2,)
    np.testing.assert_allclose(log_probs, colours.log_prob(samples, [0, 1]), rtol=1e-5)


def test_complete_keeps_what_is_known(binary):
    images = np.zeros((400, 2, 2, 1), "float32")
    images[:, 0, 0] = 1.0
    images[:, 1] = np.nan  # Unknown pixels are not looked at.
    completed = binary.complete(images, [[1, 1], [0, 0]], seed=0)
    np.testing.assert_array_equal(completed[:, 0], images[:, 0])
    codes = completed[:, 1].reshape(-1, 2) @ [2, 1]
    counts = np.bincount(codes.astype(int), minlength=4)
    # The four images with this upper half.
    expected = np.exp(binary.log_prob(IMAGES[8:12]).numpy().astype("float64"))
    expected *= 400 / expected.sum()
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_masks_of_each_image(binary):
    images = np.ones((2, 2, 2, 1), "float32")
    mask = np.zeros((2, 2, 2, 1), bool)
    mask[0] = True
    completed = [binary.complete(images, mask, seed=seed) for seed in range(4)]
    assert all((c[0] == 1.0).all() for c in completed)
    assert any((c[1] == 0.0).any() for c in completed)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A trained model of stripes, the data, and the model loaded from its file."""
    stripes = np.zeros((64, 4, 4, 1), "float32")
    stripes[::2, ::2] = 1.0
    stripes[1::2, 1::2] = 1.0
    network = GatedPixelCNN((4, 4, 1), 2, 8, num_blocks=1, seed=0)
    model = PixelCNN(network, seed=0)
    model.compile(keras.optimizers.Adam(0.02), metrics=["frechet_distance"])
    model.fit(stripes, batch_size=16, epochs=12, verbose=0)
    path = tmp_path_factory.mktemp("pixel_cnn") / "model.keras"
    model.save(path)
    return model, stripes, keras.saving.load_model(path)


def test_it_learns(trained):
    model, stripes, _ = trained
    results = model.evaluate(stripes, return_dict=True, verbose=0)
    # Two images, each of probability one half.
    assert np.log(2.0) - 1e-3 < results["loss"] < 1.2
    assert set(results) == {"loss", "bits_per_dimension", "frechet_distance"}
    np.testing.assert_allclose(
        results["bits_per_dimension"], results["loss"] / 16 / np.log(2.0), rtol=1e-5
    )
    samples = model.generate(40, seed=0)
    wrong = np.abs(samples[:, None] - stripes[None, :2]).sum(axis=(2, 3, 4)).min(axis=1)
    assert wrong.mean() < 1.0


def test_a_loaded_model_is_the_same_and_trains_on(trained):
    model, stripes, loaded = trained
    np.testing.assert_array_equal(loaded.generate(3, seed=1), model.generate(3, seed=1))
    for m in (model, loaded):
        m.fit(stripes, batch_size=64, epochs=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        loaded.log_prob(stripes[:2]), model.log_prob(stripes[:2]), rtol=1e-4
    )
    assert loaded.get_config() == model.get_config()


def test_export(colours, tmp_path):
    colours.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved_model"))
    labels = tf.constant([0, 1, 1])
    samples = served.generate_conditional(labels, 7)
    np.testing.assert_array_equal(samples, colours.generate(3, [0, 1, 1], seed=7))
    np.testing.assert_array_equal(served.generate(2, 7), colours.generate(2, seed=7))
    np.testing.assert_allclose(
        served.log_prob(samples, labels),
        colours.log_prob(samples, [0, 1, 1]),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: PixelCNN(convolutions(levels=2, mask="B")), "autoregressive network"),
        (lambda: PixelCNN(convolutions(levels=1)), "two levels or more"),
        (lambda: PixelCNN(gated(), num_classes=2), r"\[images, condition\]"),
        (lambda: PixelCNN(gated(num_classes=2)), "built network of images"),
        (lambda: PixelCNN(gated(), value_range=(1.0, 0.0)), "low < high"),
    ],
)
def test_networks_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def convolutions(levels, mask="A"):
    return keras.Sequential(
        [
            keras.layers.Input((2, 2, 1)),
            MaskedConvolution(levels, 3, "horizontal", mask),
            keras.layers.Reshape((2, 2, 1, levels)),
        ]
    )


@pytest.mark.parametrize(
    "mask, message",
    [
        (np.ones((2, 3)), r"\(2, 2\), \(2, 2, 1\) or \(4, 2, 2, 1\).* \(2, 3\)"),
        (np.ones((3, 2, 2, 1)), r"Received: \(3, 2, 2, 1\)"),
        (np.full((2, 2), 0.5), "zeros and ones"),
        (np.array(True), r"Received: \(\)"),
    ],
)
def test_masks_that_do_not_fit(binary, mask, message):
    with pytest.raises(ValueError, match=message):
        binary.complete(IMAGES[:4], mask)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: m.complete(IMAGES * 3.0, np.ones((2, 2))), "range"),
        (lambda m: m.complete(IMAGES[..., 0], np.ones((2, 2))), "channel axis"),
        (lambda m: m.log_prob(IMAGES - 2.0), "range"),
        (lambda m: m.generate(2, temperature=0.0), "above zero"),
        (lambda m: m.generate(2, condition=[0, 1]), "no condition"),
    ],
)
def test_bad_input(binary, call, message):
    with pytest.raises(ValueError, match=message):
        call(binary)
