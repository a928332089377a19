import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import DiscreteAction
from keras_rlgen.world_models import Deterministic, RecurrentStateSpace
from keras_rlgen.world_models.sequences import sequences_from
from keras_rlgen.world_models.world_networks import WorldNetworks


def make(shape=(2,), dynamics=None, encoder=None, decoder=None):
    dynamics = Deterministic(hidden=(4,)) if dynamics is None else dynamics
    return WorldNetworks(
        shape, DiscreteAction(2), dynamics, encoder, decoder, 3, (4,), seed=0
    )


def test_decoders_where_they_are_needed():
    assert make().decoder is None
    assert make(dynamics=RecurrentStateSpace(4, 2, 2)).decoder is not None
    images = make((8, 8, 1))
    assert images.encoder.output_shape == (None, 3)
    assert images.decoder.output_shape == (None, 8, 8, 1)
    assert images.loss_names[-1] == "reconstruction_loss"


def test_networks_are_checked():
    wrong = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="Expected `encoder` to map"):
        make(encoder=wrong)
    with pytest.raises(ValueError, match="Expected `decoder` to map"):
        make((8, 8, 1), decoder=wrong)


def test_losses_ignore_what_is_after_an_episode(experience):
    networks = make()
    networks.statistics.adapt(experience)
    # The last step of the first episode, and others with it.
    last = int(experience.lengths[0]) - 1
    one = sequences_from(experience, np.array([last]), 1)
    padded = sequences_from(experience, np.array([last]), 4)
    losses = networks.losses_of(one, (0, 1), training=False)
    assert list(losses) == networks.loss_names
    for name, value in networks.losses_of(padded, (0, 1), training=False).items():
        np.testing.assert_allclose(value, losses[name], rtol=1e-5)


def test_rewards_do_not_bend_physical_latents(experience):
    networks = make()
    sequences = sequences_from(experience, np.arange(5), 2)
    with tf.GradientTape() as tape:
        losses = networks.losses_of(sequences, (0, 1), training=True)
        loss = losses["reward_loss"] + losses["end_loss"]
    gradients = tape.gradient(loss, networks.dynamics.trainable_variables)
    assert all(gradient is None for gradient in gradients)
