import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses, rewards
from keras_rlgen.layers.random_mask import RandomMask, mask_images
from keras_rlgen.models.gan import collapse_watch
from keras_rlgen.rl_models.restoring_gan import RestoringGAN
from tests.networks import assert_same, values
from tests.restoring import discriminator, generator, images


def make(**kwargs):
    return RestoringGAN(
        generator(),
        discriminator(),
        2,
        RandomMask("square", 0.75, seed=0),
        **{"seed": 0, **kwargs},
    )


@pytest.fixture(scope="module")
def trained():
    gan = make(ema_momentum=0.9)
    gan.compile(
        keras.optimizers.Adam(0.02),
        keras.optimizers.Adam(0.002),
        reward="boundary_smoothness",
        reward_weight=0.5,
        metrics=["kernel_distance"],
    )
    history = gan.fit(images(320), epochs=4, batch_size=16, verbose=0).history
    return gan, history


def test_it_learns_to_fill_in_what_the_rest_tells(trained):
    gan, history = trained
    assert history["restoration_error"][-1] < 0.2 * history["restoration_error"][0]
    assert history["reward"][-1] > history["reward"][0] + 0.1
    mask = np.zeros((4, 4))
    mask[0] = 1
    degraded = mask_images(images(8), mask)
    restored = gan.restore(degraded, seed=0)
    np.testing.assert_array_equal(restored[:, 0], images(8)[:, 0])
    np.testing.assert_array_equal(np.sign(restored), np.sign(images(8)))
    called = gan([tf.zeros((8, 2)), degraded])
    np.testing.assert_array_equal(called[:, 0], images(8)[:, 0])


def test_evaluation_gives_error_reward_and_metrics(trained):
    scores = trained[0].evaluate(images(), verbose=0, return_dict=True)
    assert scores["restoration_error"] < 0.2
    assert {"reward", "reward_boundary_smoothness", "kernel_distance"} <= set(scores)


def test_file_and_savedmodel_restore_alike(trained, tmp_path):
    gan, _ = trained
    degraded = gan.degrade(images(4))
    restored = gan.restore(degraded, seed=3)
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(loaded.restore(degraded, seed=3), restored)
    gan.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved_model")
    np.testing.assert_allclose(served.restore(degraded, 3), restored, atol=1e-6)


def test_the_generators_loss_has_three_terms():
    """The weights of a step, from the gradient of the written-out loss."""
    gan = make()
    gan.compile(
        keras.optimizers.SGD(0.5),
        keras.optimizers.SGD(0.0),
        reconstruction_weight=3.0,
        reward="sharpness",
        reward_weight=0.25,
        loss="non_saturating",
        run_eagerly=True,
    )
    twin = make()
    mask = np.random.default_rng(1).random((6, 4, 4)) < 0.5
    degraded = mask_images(images(6), mask)
    stream = keras.random.SeedGenerator(0)
    stream.next()  # How real samples are seen, which is as they are.
    keras.random.normal((6, 2), seed=stream)  # Those for the discriminator.
    latents = keras.random.normal((6, 2), seed=stream)
    known = mask[..., None].astype("float32")
    with tf.GradientTape() as tape:
        raw = twin.generator([latents, degraded])
        filled = known * images(6) + (1.0 - known) * raw
        logits = twin.discriminator([filled, degraded])
        error = tf.reduce_sum((1.0 - known) * tf.abs(images(6) - raw))
        center = filled[:, 1:-1, 1:-1]
        laplacian = filled[:, :-2, 1:-1] + filled[:, 2:, 1:-1] - 4.0 * center
        laplacian += filled[:, 1:-1, :-2] + filled[:, 1:-1, 2:]
        loss = (
            -tf.reduce_mean(tf.math.log_sigmoid(logits))
            + 3.0 * error / np.sum(1.0 - known)
            - 0.25 * tf.reduce_mean(tf.abs(laplacian))
        )
    gradients = tape.gradient(loss, twin.generator.trainable_variables)
    for weight, gradient in zip(
        twin.generator.trainable_variables, gradients, strict=True
    ):
        weight.assign_sub(0.5 * gradient)
    logs = gan.train_on_batch(images(6), degraded, return_dict=True)
    assert logs["generator_loss"] == pytest.approx(float(loss), rel=1e-5)
    assert_same(values(gan.generator), values(twin.generator), rtol=1e-4, atol=1e-6)


def test_configuration_and_packing():
    gan = make()
    gan.compile(reconstruction_weight=2.0, reward="sharpness", reward_weight=0.5)
    config = gan.get_compile_config()
    assert config["reconstruction_weight"] == 2.0 and config["reward_weight"] == 0.5
    with pytest.raises(ValueError, match="does not support packing.*packing=2"):
        make(packing=2)


def test_its_own_discriminator_may_be_a_term_of_the_reward():
    """The weights of a step, from the gradient of the written-out reward."""
    gan, twin = make(), make()
    gan.compile(
        keras.optimizers.SGD(0.5),
        keras.optimizers.SGD(0.0),
        reconstruction_weight=0.0,
        reward=rewards.Discriminator("logit"),
        reward_weight=2.0,
        loss=Silent(),
        run_eagerly=True,
    )
    stream = keras.random.SeedGenerator(0)
    stream.next()
    keras.random.normal((6, 2), seed=stream)
    latents = keras.random.normal((6, 2), seed=stream)
    mask = np.random.default_rng(1).random((6, 4, 4)) < 0.5
    degraded = mask_images(images(6), mask)
    known = mask[..., None].astype("float32")
    with tf.GradientTape() as tape:
        filled = known * images(6) + (1 - known) * twin.generator([latents, degraded])
        loss = -2.0 * tf.reduce_mean(twin.discriminator([filled, degraded]))
    variables = twin.generator.trainable_variables
    for weight, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        weight.assign_sub(0.5 * gradient)
    logs = gan.train_on_batch(images(6), degraded, return_dict=True)
    assert logs["reward_discriminator"] == pytest.approx(-float(loss) / 2.0, rel=1e-5)
    assert_same(values(gan.generator), values(twin.generator), rtol=1e-4, atol=1e-6)


class Silent(losses.NonSaturating):
    """An adversarial loss that teaches the generator nothing."""

    @staticmethod
    def generator_loss(generated_logits):
        return 0.0 * generated_logits


def test_kinds_that_mean_nothing_by_the_loss_are_refused():
    gan = make()
    with pytest.raises(ValueError, match="kind 'score', and a .* by `LeastSq"):
        gan.compile(reward=rewards.Discriminator("score"), loss="least_squares")
    gan.compile(reward=rewards.Discriminator("logit"), loss="least_squares")
    gan.compile(reward=rewards.Discriminator("score"))


def test_fit_warns_if_all_filled_in_pixels_are_alike(monkeypatch):
    """Known pixels differ, and would hide it."""
    monkeypatch.setattr(collapse_watch, "FEWEST_UPDATES", 3)
    gan = make(ema_momentum=None)
    last = gan.generator.layers[-2]
    last.bias.assign(tf.fill(last.bias.shape, 20.0))  # All are 1, without a gradient.
    gan.compile("sgd", keras.optimizers.SGD(0.0), loss="non_saturating")
    with pytest.warns(UserWarning, match="RestoringGAN: the generator has collapsed"):
        gan.fit(images(16), epochs=3, batch_size=8, verbose=0)
    (warned,) = gan.collapse_watch.warned.values()
    assert "BatchNormalization" in warned and "R1Penalty(weight)" in warned
    assert "packing" not in warned  # It takes none.


def test_fit_is_silent_while_it_learns(trained, monkeypatch):
    monkeypatch.setattr(collapse_watch, "FEWEST_UPDATES", 3)
    gan, _ = trained
    gan.fit(images(320), epochs=4, batch_size=16, verbose=0)
    assert gan.collapse_watch.warned == {}
