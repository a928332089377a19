import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.world_models import RecurrentStateSpace
from tests.world_models.toys import compile_world, make_world


def connected(**kwargs):
    dynamics = RecurrentStateSpace(units=6, variables=2, classes=3, **kwargs)
    dynamics.connect(latent_dim=2, action_dim=1, seed=0)
    return dynamics


def test_config():
    dynamics = RecurrentStateSpace(5, 3, 4, 0.5, 0.8, 0.2)
    copy = RecurrentStateSpace.from_config(dynamics.get_config())
    assert copy.get_config() == dynamics.get_config()


@pytest.mark.parametrize("argument", [{"units": 0}, {"free_nats": -1.0}])
def test_arguments_are_checked(argument):
    with pytest.raises(ValueError, match="Expected"):
        RecurrentStateSpace(**argument)


def test_shapes_and_seeds():
    dynamics = connected()
    state = dynamics.start(tf.ones((4, 2)))
    one, same, other = (
        dynamics.step(state, tf.ones((4, 1)), tf.constant([0, seed]))
        for seed in (1, 1, 2)
    )
    assert dynamics.features(one).shape == (4, dynamics.feature_dim)
    np.testing.assert_array_equal(one["sample"], same["sample"])
    assert not np.array_equal(one["sample"], other["sample"])
    np.testing.assert_array_equal(one["hidden"], other["hidden"])
    samples = one["sample"].numpy().reshape(4, 2, 3)
    np.testing.assert_allclose(samples.sum(axis=-1), 1.0)


def test_each_loss_trains_its_own_network():
    dynamics = connected(free_nats=0.0, posterior_weight=0.5)
    latents = tf.random.stateless_normal((3, 4, 2), (0, 1))
    actions = tf.random.stateless_normal((3, 3, 1), (0, 2))
    with tf.GradientTape(persistent=True) as tape:
        features, losses = dynamics.train_on(latents, actions, (0, 1))
        prior, posterior = map(tf.reduce_sum, losses.values())
    assert features.shape == (3, 4, dynamics.feature_dim)
    np.testing.assert_allclose(
        losses["posterior_loss"], 0.5 * losses["prior_loss"], rtol=1e-5
    )
    last = dynamics._prior.layers[-1].kernel
    assert np.any(tape.gradient(prior, last))
    assert tape.gradient(posterior, last) is None or not np.any(
        tape.gradient(posterior, last)
    )


def test_divergence_below_free_nats_has_no_gradient():
    dynamics = connected(free_nats=100.0)
    latents = tf.zeros((2, 3, 2))
    with tf.GradientTape() as tape:
        _, losses = dynamics.train_on(latents, tf.zeros((2, 2, 1)), (0, 1))
        loss = tf.reduce_sum(losses["prior_loss"])
    np.testing.assert_allclose(losses["prior_loss"], 100.0)
    gradients = tape.gradient(loss, dynamics.trainable_variables)
    assert not any(np.any(g) for g in gradients if g is not None)


def test_it_learns_from_sequences(experience):
    dynamics = RecurrentStateSpace(units=16, variables=4, classes=4)
    world = compile_world(make_world(dynamics))
    history = world.fit(
        experience, steps_per_epoch=40, epochs=4, batch_size=32, window=4, verbose=0
    ).history
    assert history["reconstruction_loss"][-1] < 0.3 * history["reconstruction_loss"][0]
    report = world.report(experience, horizon=4)
    assert report.error[-1] < report.unchanged_error[-1] + 0.5
    assert world.imagine(horizon=3, count=2).observation.shape == (2, 4, 2)
