import types
import warnings

import keras
import numpy as np
import pytest

from keras_rlgen import rewards
from keras_rlgen.models import GAN
from keras_rlgen.models.gan import collapse_watch
from keras_rlgen.models.gan.collapse_watch import CollapseWatch
from tests import networks
from tests.networks import real_samples

HEALTHY = {
    "discriminator_accuracy_real": 0.9,
    "discriminator_accuracy_generated": 0.8,
    "advantage_std": 0.1,
    "reward": -2.0,
}
SATURATED = {
    "discriminator_accuracy_real": 1.0,
    "discriminator_accuracy_generated": 0.997,
}


def watched(epochs, updates_an_epoch=200, spread=1.0, reward=None):
    """Returns the causes and texts of the warnings after epochs with these logs."""
    model = types.SimpleNamespace(
        discriminator_optimizer=types.SimpleNamespace(iterations=0),
        sample_spread=types.SimpleNamespace(relative=lambda: spread),
        reward=reward,
        collapse_remedies=collapse_watch.REMEDIES,
    )
    watch = CollapseWatch()
    watch.set_model(model)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for epoch, logs in enumerate(epochs):
            model.discriminator_optimizer.iterations += updates_an_epoch
            watch.on_epoch_end(epoch, {**HEALTHY, **logs})
    assert list(watch.warned.values()) == [str(w.message) for w in caught]
    return watch.warned


@pytest.mark.parametrize(
    ("logs", "options", "cause", "message"),
    [
        (SATURATED, {}, "discriminator_saturated", "100.0 % of real and 99.7 %"),
        ({}, {"spread": 0.01}, "generator_collapsed", "variance was 1 % of"),
        ({"advantage_std": 0.0}, {}, "rewards_without_spread", "equal, -2 in the mean"),
    ],
)
def test_it_says_once_what_lasted(logs, options, cause, message):
    warned = watched([logs] * 6, **options)
    assert list(warned) == [cause] and message in warned[cause]
    assert "for 3 epochs (600 updates). " in warned[cause]
    assert warned[cause].endswith(collapse_watch.REMEDIES[cause])
    # Not what is over soon, in epochs or in updates.
    assert not watched([logs] * 2, **options)
    assert not watched([logs] * 6, updates_an_epoch=80, **options)


def test_a_healthy_epoch_counts_anew():
    assert not watched([SATURATED, SATURATED, {}] * 3)
    assert watched([{}] * 5 + [SATURATED] * 3)
    # The game is not decided where one side is recognised alone.
    assert not watched([{"discriminator_accuracy_real": 1.0}] * 6)


def test_a_constant_reward_is_a_control():
    epochs = [{"advantage_std": 0.0}] * 6
    assert not watched(epochs, reward=rewards.Constant(1.0))
    assert watched(epochs, reward=rewards.Sharpness())


def train(monkeypatch, real, generator_rate, discriminator_rate, loss):
    """Trains a GAN of points by two calls of `fit`; returns its warnings."""
    monkeypatch.setattr(collapse_watch, "FEWEST_UPDATES", 100)
    gan = GAN(networks.linear(2, 2), networks.discriminator(), 2, seed=0)
    gan.compile(
        keras.optimizers.Adam(generator_rate, beta_1=0.5),
        keras.optimizers.Adam(discriminator_rate, beta_1=0.5),
        loss=loss,
        jit_compile=False,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            gan.fit(real, batch_size=32, epochs=7, verbose=0)
    return [str(w.message) for w in caught if "GAN: " in str(w.message)]


def test_fit_warns_of_a_generator_that_stands_still(monkeypatch):
    far = real_samples(20 * 32) + np.float32(6.0)
    (message,) = train(monkeypatch, far, 0.0, 0.05, "non_saturating")
    assert message.startswith("GAN: the discriminator is saturated")


def test_fit_is_silent_while_both_learn(monkeypatch):
    near = np.random.default_rng(0).normal(0.3, 0.7, (20 * 32, 2))
    assert train(monkeypatch, near.astype("float32"), 0.01, 0.01, None) == []
