import keras
import numpy as np
import pytest

from keras_rlgen.losses import Wasserstein
from keras_rlgen.models import GAN, ConditionalGAN, TransitionGAN
from tests.models.experience.toys import SPECS, fitted_gan, walks
from tests.networks import discriminator, generator

JOINT_DIM = 8


def joint():
    model = TransitionGAN(
        generator(JOINT_DIM, latent_dim=3),
        discriminator(JOINT_DIM),
        SPECS,
        noise_dim=3,
        given=(),
        end_fraction=0.3,
        seed=0,
        name="joint",
    )
    model.compile("sgd", "adam", "hinge", run_eagerly=True)
    return model


def test_defaults():
    model = fitted_gan()
    assert type(model.model) is ConditionalGAN and model.model.latent_dim == 4
    assert model.model.ema_momentum == 0.99
    rates = [
        float(getattr(model.model, f"{name}_optimizer").learning_rate)
        for name in ("generator", "discriminator")
    ]
    assert rates[0] < rates[1]
    assert model.model.adversarial_loss.penalty.weight == 1.0
    assert model.loss_names[:2] == ["generator_loss", "discriminator_loss"]


def test_it_learns():
    model, held_out = TransitionGAN(specs=SPECS, seed=0), walks(20, seed=1)
    model.compile(steps_per_execution=50, jit_compile=False)
    model.fit(walks(), steps_per_epoch=400, batch_size=64, verbose=0)
    scores = model.evaluate(held_out)
    assert scores["error_next_observation"] < 0.4
    assert scores["end_auc"] > 0.8


def test_a_joint_model():
    model = joint()
    assert type(model.model) is GAN
    history = model.fit(walks(4), steps_per_epoch=2, batch_size=8, verbose=0).history
    assert set(model.loss_names) <= set(history)
    generated = model.generate(num_samples=5, seed=0)
    assert generated.observation.shape == (5, 2) and generated.action.shape == (5,)
    assert set(generated.action) <= {0, 1}
    scores = model.evaluate(walks(4, seed=1))
    assert 0.0 <= scores["two_sample_accuracy"] <= 1.0
    with pytest.raises(ValueError, match="a joint model"):
        model.fit(walks(4), validation_data=walks(2))
    with pytest.raises(ValueError, match=r"Expected `generate\(num_samples=...\)`"):
        model.generate(np.zeros((1, 2)), [0])


def test_config_and_compile_config():
    model = joint()
    config = keras.saving.serialize_keras_object(model)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == model.get_config()
    assert again.given == () and again.name == "joint" and again.compiled
    assert again.get_compile_config() == model.get_compile_config()


def test_a_critic_has_no_boundary():
    model = TransitionGAN(specs=SPECS)
    model.compile(loss=Wasserstein())
    with pytest.raises(ValueError, match="have no boundary"):
        model.realism(walks(1).transitions())
    with pytest.raises(TypeError, match="Expected `specs`"):
        TransitionGAN()
