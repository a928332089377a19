import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from keras_rlgen import pictures
from keras_rlgen.callbacks import EditMonitor
from keras_rlgen.rl_models import DQNGAN
from tests import networks
from tests.callbacks.training import train

LOGS = [{"loss": 0.0}] * 3


@keras.saving.register_keras_serializable("test_edit_monitor")
def pixel(samples, target):
    return tf.gather(samples[:, :, 0, 0], target, batch_dims=1)


def make_gan(sample_shape, directions):
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [
            keras.layers.Input((2,)),
            keras.layers.Dense(int(np.prod(sample_shape)), activation="tanh"),
            keras.layers.Reshape(sample_shape),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.layers.Input(sample_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    options = {"targets": 2} if len(sample_shape) == 3 else {}
    gan = DQNGAN(
        generator,
        discriminator,
        latent_dim=2,
        directions=directions,
        max_edits=2,
        seed=0,
        **options,
    )
    reward = pixel if options else "discriminator"
    gan.compile(reward=reward)
    return gan


@pytest.fixture(scope="module")
def gan():
    return make_gan((2, 3, 1), "axes")


def read(path):
    with PIL.Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_images_are_drawn_before_between_and_after(gan, tmp_path):
    monitor = EditMonitor(tmp_path, every=2, num_samples=4, target=1, seed=5)
    train([monitor], gan, LOGS)
    epochs = ["epoch_0000.png", "epoch_0002.png", "epoch_0003.png"]
    assert files(tmp_path) == ["edits.gif", *epochs]
    edits = gan.create(4, target=1, seed=5)
    expected = pictures.edit_grid(edits.samples, edits.rewards)
    for name in epochs:
        np.testing.assert_array_equal(read(tmp_path / name), expected)
    with PIL.Image.open(tmp_path / "edits.gif") as animation:
        assert animation.n_frames in (1, 3)  # Equal frames may be joined.
        assert animation.size == expected.shape[1::-1]


def test_targets_are_sampled_by_the_seed(gan, tmp_path):
    train([EditMonitor(tmp_path, num_samples=4, seed=6)], gan, LOGS[:1])
    edits = gan.create(4, seed=6)
    expected = pictures.edit_grid(edits.samples, edits.rewards)
    np.testing.assert_array_equal(read(tmp_path / "epoch_0001.png"), expected)


def test_nothing_is_drawn_before_the_dqn_begins(tmp_path):
    gan = make_gan((2,), "principal")
    train([EditMonitor(tmp_path / "none", tensorboard=tmp_path / "logs")], gan, LOGS)
    assert files(tmp_path / "none") == []
    # Afterwards, points are drawn over where they were.
    gan.directions.assign(np.eye(2))
    train([EditMonitor(tmp_path / "points")], gan, LOGS[:1])
    assert files(tmp_path / "points") == [
        "edits.gif",
        "epoch_0000.png",
        "epoch_0001.png",
    ]
    edits = gan.create(8, seed=0)
    expected = pictures.scatter(edits.after, edits.before, "epoch 1")
    np.testing.assert_array_equal(read(tmp_path / "points/epoch_0001.png"), expected)


def test_an_interval_that_is_not_positive_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected `every` >= 1. Received: every=0"):
        EditMonitor(tmp_path, every=0)


def test_models_that_do_not_edit(tmp_path):
    model = networks.gan()
    model.compile(run_eagerly=True)
    with pytest.raises(TypeError, match="callback of a `DQNGAN`. Received: a `GAN`"):
        model.fit(
            networks.real_samples(4), callbacks=[EditMonitor(tmp_path)], verbose=0
        )
    with pytest.raises(ValueError, match="`num_samples` to be an integer >= 1"):
        EditMonitor(tmp_path, num_samples=0)
