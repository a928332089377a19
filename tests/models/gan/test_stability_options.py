"""Spectral normalisation, R1, an average generator and two learning rates together."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.models import GAN
from keras_rlgen.rl_models import ReinforceGAN
from tests import networks
from tests.networks import assert_same, values

REAL = networks.real_samples(24)
LATENTS = np.array([[0.5, -1.0], [1.5, 0.2], [0.0, 0.0]], "float32")
RATES = {"generator": 1e-3, "discriminator": 4e-3}


def normalized_discriminator():
    spectral = keras.layers.SpectralNormalization
    return keras.Sequential(
        [
            keras.layers.Input((2,)),
            spectral(networks.dense(4, "tanh", seed=3)),
            spectral(networks.dense(1, seed=4)),
        ]
    )


def compiled(model_class):
    model = model_class(
        networks.generator(),
        normalized_discriminator(),
        networks.LATENT_DIM,
        ema_momentum=0.9,
        seed=0,
    )
    model.compile(
        *(keras.optimizers.Adam(rate, beta_1=0.0) for rate in RATES.values()),
        loss=losses.NonSaturating(penalty=losses.R1Penalty(0.5)),
        jit_compile=False,
    )
    return model


def largest_singular_values(model):
    kernels = [v for v in model.discriminator.trainable_weights if len(v.shape) == 2]
    return [np.linalg.norm(kernel.numpy(), ord=2) for kernel in kernels]


def train(model, epochs):
    history = model.fit(
        REAL, epochs=epochs, batch_size=8, shuffle=False, verbose=0
    ).history
    return np.array([history[f"{name}_loss"] for name in RATES])


@pytest.mark.parametrize("model_class", [GAN, ReinforceGAN])
def test_all_at_once(model_class, tmp_path):
    model = compiled(model_class)
    assert np.isfinite(train(model, epochs=12)).all()
    # Normalised in each forward pass, before the last update.
    np.testing.assert_allclose(largest_singular_values(model), 1.0, atol=0.05)
    for name, rate in RATES.items():
        optimizer = getattr(model, f"{name}_optimizer")
        assert float(optimizer.learning_rate) == pytest.approx(rate)
    for average, now in zip(
        model.average_generator.trainable_weights,
        model.generator.trainable_weights,
        strict=True,
    ):
        assert np.any(average.numpy() != now.numpy())

    path = tmp_path / "gan.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    assert loaded.adversarial_loss.penalty.weight == 0.5
    np.testing.assert_array_equal(loaded.generate(4, seed=1), model.generate(4, seed=1))
    np.testing.assert_array_equal(train(loaded, epochs=2), train(model, epochs=2))
    assert_same(values(loaded, loaded.optimizer), values(model, model.optimizer))

    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(
        exported.serve(LATENTS), model.average_generator(LATENTS), rtol=1e-5
    )
