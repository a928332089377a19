import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses

REAL = np.array([-1.5, 0.25, 3.0])
GENERATED = np.array([-2.0, 0.5])


def log_d(logits):
    return np.log(1.0 / (1.0 + np.exp(-logits)))


def log_one_minus_d(logits):
    return np.log(1.0 - 1.0 / (1.0 + np.exp(-logits)))


# The losses of discriminator and generator on REAL and GENERATED.
REFERENCES = {
    "non_saturating": (
        -log_d(REAL).mean() - log_one_minus_d(GENERATED).mean(),
        -log_d(GENERATED).mean(),
    ),
    "minimax": (
        -log_d(REAL).mean() - log_one_minus_d(GENERATED).mean(),
        log_one_minus_d(GENERATED).mean(),
    ),
    "least_squares": (
        ((REAL - 1.0) ** 2).mean() / 2.0 + (GENERATED**2).mean() / 2.0,
        ((GENERATED - 1.0) ** 2).mean() / 2.0,
    ),
    # max(0, 1 - x) is 2.5, 0.75, 0 on REAL; max(0, 1 + x) is 0, 1.5 on GENERATED.
    "hinge": (3.25 / 3.0 + 1.5 / 2.0, 0.75),
    "wasserstein": (GENERATED.mean() - REAL.mean(), -GENERATED.mean()),
}


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_both_sides_of_the_game(name, jit_compile):
    loss = losses.get(name)

    @tf.function(jit_compile=jit_compile)
    def both(real, generated):
        return loss.discriminator(real, generated), loss.generator(generated)

    discriminator, generator = both(
        tf.constant(REAL, tf.float32), tf.constant(GENERATED[:, None], tf.float32)
    )
    assert discriminator.shape == generator.shape == ()
    assert discriminator.dtype == generator.dtype == tf.float32
    expected = REFERENCES[name]
    np.testing.assert_allclose([discriminator, generator], expected, rtol=1e-5)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_real_is_high(name):
    loss = losses.get(name)
    real, generated = tf.constant([0.1, -0.2]), tf.constant([0.3, -0.4])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, generated])
        discriminator = loss.discriminator(real, generated)
        generator = loss.generator(generated)
    assert np.all(tape.gradient(discriminator, real) < 0.0)
    assert np.all(tape.gradient(generator, generated) < 0.0)
    if name != "least_squares":  # Its target for generated samples is 0.
        assert np.all(tape.gradient(discriminator, generated) > 0.0)


def test_boundaries_are_midway_between_what_the_losses_pull_to():
    boundaries = {name: losses.get(name).boundary for name in REFERENCES}
    assert boundaries == {
        "non_saturating": 0.0,
        "minimax": 0.0,
        "least_squares": 0.5,
        "hinge": 0.0,
        "wasserstein": None,
    }
    assert losses.AdversarialLoss.boundary == 0.0
    # Samples of which as many are real as generated have the boundary as their logit:
    # there the two losses pull as much. Any logit is as good to a critic.
    for name, boundary in boundaries.items():
        logits = tf.Variable([0.25 if boundary is None else boundary])
        with tf.GradientTape() as tape:
            loss = losses.get(name).discriminator(logits, logits)
        gradient = tf.convert_to_tensor(tape.gradient(loss, logits))
        np.testing.assert_allclose(gradient, [0.0], atol=1e-7)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_config_round_trip(name):
    loss = type(losses.get(name))(penalty=losses.R1Penalty(3.0))
    config = keras.saving.serialize_keras_object(loss)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is type(loss)
    assert type(restored.penalty) is losses.R1Penalty
    assert restored.penalty.weight == 3.0
    assert losses.get(config).get_config() == loss.get_config()


@pytest.mark.parametrize("name", ["hinge", "wasserstein"])
def test_config_round_trip_without_penalty(name):
    loss = type(losses.get(name))(penalty=None)
    config = keras.saving.serialize_keras_object(loss)
    assert keras.saving.deserialize_keras_object(config).penalty is None


def test_only_wasserstein_has_a_penalty_by_default():
    penalties = {name: losses.get(name).penalty for name in REFERENCES}
    wasserstein = penalties.pop("wasserstein")
    assert type(wasserstein) is losses.GradientPenalty and wasserstein.weight == 10.0
    assert set(penalties.values()) == {None}


def test_an_instance_is_taken_as_it_is():
    loss = losses.Hinge()
    assert losses.get(loss) is loss


def test_unknown_name():
    with pytest.raises(ValueError, match="Unknown adversarial loss: 'hing'") as error:
        losses.get("hing")
    for name in REFERENCES:
        assert repr(name) in str(error.value)


def test_unknown_type():
    with pytest.raises(TypeError, match="Received: 3 of type int"):
        losses.get(3)
