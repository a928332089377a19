import io

import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from tensorflow.core.util import event_pb2

from keras_rlgen import GAN, pictures
from keras_rlgen.callbacks import SampleMonitor


def make_gan(sample_shape, learning_rate=0.05):
    keras.utils.set_random_seed(0)
    size = int(np.prod(sample_shape))
    generator = keras.Sequential(
        [
            keras.layers.Input((3,)),
            keras.layers.Dense(size, activation="tanh"),
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
    gan = GAN(generator, discriminator, latent_dim=3, seed=0)
    gan.compile(
        keras.optimizers.Adam(learning_rate), keras.optimizers.Adam(learning_rate)
    )
    return gan


def samples(sample_shape):
    random = np.random.default_rng(0)
    return random.uniform(-1.0, 1.0, (8, *sample_shape)).astype("float32")


def read(path):
    with PIL.Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_images_become_grids(tmp_path):
    gan = make_gan((4, 4, 1))
    before = gan.generate(5, seed=2)
    folder = tmp_path / "deep" / "samples"
    monitor = SampleMonitor(folder, every=3, num_samples=5, seed=2)
    gan.fit(samples((4, 4, 1)), batch_size=8, epochs=4, verbose=0, callbacks=[monitor])
    # Before training, every third epoch, and the last.
    assert files(folder) == [
        "epoch_0000.png",
        "epoch_0003.png",
        "epoch_0004.png",
        "samples.gif",
    ]
    after = gan.generate(5, seed=2)
    assert np.abs(after - before).max() > 0.05
    for name, images in (("epoch_0000.png", before), ("epoch_0004.png", after)):
        np.testing.assert_array_equal(read(folder / name), pictures.image_grid(images))
    with PIL.Image.open(folder / "samples.gif") as animation:
        assert animation.n_frames == 3
        assert animation.size == (3 * 5 * 12, 2 * 5 * 12)


def test_the_same_latents_are_drawn_each_time(tmp_path):
    gan = make_gan((4, 4, 1), learning_rate=0.0)
    monitor = SampleMonitor(tmp_path)
    gan.fit(samples((4, 4, 1)), epochs=2, verbose=0, callbacks=[monitor])
    expected = pictures.image_grid(gan.generate(25, seed=0))
    for epoch in range(3):
        np.testing.assert_array_equal(
            read(tmp_path / f"epoch_000{epoch}.png"), expected
        )


def test_points_become_scatter_plots_in_tensorboard_too(tmp_path):
    gan, data = make_gan((2,)), samples((2,))
    monitor = SampleMonitor(
        tmp_path / "samples",
        every=2,
        num_samples=20,
        reference=data,
        tensorboard=tmp_path / "logs",
    )
    gan.fit(data, epochs=2, verbose=0, callbacks=[monitor])
    epochs = ["epoch_0000.png", "epoch_0002.png"]
    assert files(tmp_path / "samples") == [*epochs, "samples.gif"]
    last = read(tmp_path / "samples" / epochs[-1])
    expected = pictures.scatter(gan.generate(20, seed=0), data, "epoch 2")
    np.testing.assert_array_equal(last, expected)
    with PIL.Image.open(tmp_path / "samples" / "samples.gif") as animation:
        assert animation.n_frames == 2

    (log,) = (tmp_path / "logs").iterdir()
    logged = {}
    for record in tf.data.TFRecordDataset(str(log)):
        event = event_pb2.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.tag == "samples"
            width, height, picture = value.tensor.string_val
            assert (int(width), int(height)) == (400, 400)
            logged[event.step] = read(io.BytesIO(picture))
    assert list(logged) == [0, 2]
    np.testing.assert_array_equal(logged[2], last)


def test_a_monitor_restarts_with_each_training(tmp_path):
    gan, data = make_gan((4, 4, 1)), samples((4, 4, 1))
    monitor = SampleMonitor(tmp_path / "first", every=5, num_samples=1)
    gan.fit(data, epochs=2, verbose=0, callbacks=[monitor])
    assert len(monitor.frames) == 2
    monitor.folder = tmp_path / "second"
    gan.fit(data, epochs=0, verbose=0, callbacks=[monitor])
    assert files(tmp_path / "second") == ["epoch_0000.png", "samples.gif"]
    assert len(monitor.frames) == 1


@pytest.mark.parametrize("sample_shape", [(3,), (4, 4), (4, 4, 2)])
def test_samples_that_cannot_be_drawn_are_refused(sample_shape, tmp_path):
    gan, data = make_gan(sample_shape), samples(sample_shape)
    with pytest.raises(ValueError, match="`SampleMonitor` draws images of") as error:
        gan.fit(data, verbose=0, callbacks=[SampleMonitor(tmp_path)])
    assert f"The model's samples have shape {sample_shape}." in str(error.value)


def test_an_interval_that_is_not_positive_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected `every` >= 1. Received: every=0"):
        SampleMonitor(tmp_path, every=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_samples": 0}, "`num_samples` to be an integer >= 1"),
        ({"seed": "x"}, "`seed` to be None or an int32"),
        ({"tensorboard": 5}, "Expected a path"),
        ({"folder": None}, "Expected a path"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        SampleMonitor(**{"folder": "samples", **options})
