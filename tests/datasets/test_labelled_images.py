import pathlib

import keras
import numpy as np
import pytest

from keras_rlgen import datasets

REAL_MNIST = pathlib.Path(__file__).resolve().parents[2] / "../shared/data/mnist_8k.npz"


def pictures(count, seed=0):
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, size=(count, 28, 28), dtype="uint8")
    return images, (np.arange(count) % 10).astype("uint8")


def save(path, images, labels):
    np.savez(path, x=images, y=labels)
    return path


def check_part(images, labels, count, size):
    assert images.shape == (count, size, size, 1)
    assert images.dtype == np.float32
    assert images.min() >= -1.0 and images.max() <= 1.0
    assert labels.shape == (count,)
    assert labels.dtype == np.int32


def test_digits_are_scaled_and_split_by_class():
    (x_train, y_train), (x_test, y_test) = datasets.digits()
    check_part(x_train, y_train, 1437, 8)
    check_part(x_test, y_test, 360, 8)
    assert x_train.min() == -1.0 and x_train.max() == 1.0
    assert np.all(np.abs(np.bincount(y_test) - 36) <= 1)
    together = np.concatenate([x_train, x_test]).reshape(1797, -1)
    from sklearn.datasets import load_digits

    original = load_digits().data / 8.0 - 1.0
    assert set(map(bytes, together)) == set(map(bytes, original.astype("float32")))


def test_digits_labels_belong_to_their_images():
    from sklearn.datasets import load_digits

    original = load_digits()
    label_of = {
        bytes(row): label
        for row, label in zip(original.data, original.target, strict=True)
    }
    (x_train, y_train), _ = datasets.digits(seed=4)
    rows = ((x_train + 1.0) * 8.0).reshape(len(x_train), -1).astype("float64")
    assert [label_of[bytes(row)] for row in rows] == y_train.tolist()


def test_digits_arguments_decide_the_split():
    first = datasets.digits(test_fraction=0.5, seed=1)
    assert len(first[0][0]) == 898 and len(first[1][0]) == 899
    again = datasets.digits(test_fraction=0.5, seed=1)
    np.testing.assert_array_equal(first[0][0], again[0][0])
    other = datasets.digits(test_fraction=0.5, seed=2)
    assert not np.array_equal(first[0][0], other[0][0])


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.999, 1.0, -1.0])
def test_digits_refuses_a_split_without_all_classes(fraction):
    with pytest.raises(ValueError, match="`test_fraction` must hold out"):
        datasets.digits(test_fraction=fraction)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_without_a_path_keras_provides_the_files(name, monkeypatch):
    train, test = pictures(30), pictures(10, seed=1)
    monkeypatch.setattr(
        getattr(keras.datasets, name), "load_data", lambda: (train, test)
    )
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name)()
    check_part(x_train, y_train, 30, 28)
    check_part(x_test, y_test, 10, 28)
    expected = train[0].astype("float64") / 127.5 - 1.0
    np.testing.assert_allclose(x_train[..., 0], expected, atol=1e-6)
    np.testing.assert_array_equal(y_test, test[1])


@pytest.mark.parametrize("load", [datasets.mnist, datasets.fashion_mnist])
def test_local_file_with_a_channel_axis(load, tmp_path):
    images, labels = pictures(16)
    path = save(tmp_path / "images.npz", images[..., np.newaxis], labels)
    (x_train, y_train), (x_test, y_test) = load(path)
    check_part(x_train, y_train, 14, 28)
    check_part(x_test, y_test, 2, 28)


def test_images_of_another_size_are_refused(tmp_path):
    images, labels = pictures(16)
    path = save(tmp_path / "images.npz", images[:, :8], labels)
    with pytest.raises(ValueError, match=r"shape \(n, 28, 28\).*\(14, 8, 28\)"):
        datasets.mnist(path)


def test_labels_of_another_shape_are_refused(tmp_path):
    images, labels = pictures(16)
    path = save(tmp_path / "images.npz", images, labels[:, np.newaxis])
    with pytest.raises(ValueError, match=r"one label an image.*\(14, 1\)"):
        datasets.mnist(path)


@pytest.mark.parametrize(
    ("image_dtype", "label_dtype"), [("float32", "uint8"), ("uint8", "float32")]
)
def test_other_types_are_refused(image_dtype, label_dtype, tmp_path):
    images, labels = pictures(16)
    path = save(
        tmp_path / "images.npz", images.astype(image_dtype), labels.astype(label_dtype)
    )
    with pytest.raises(ValueError, match="uint8 images .* and integer labels"):
        datasets.mnist(path)


def test_labels_out_of_range_are_refused(tmp_path):
    images, labels = pictures(16)
    path = save(tmp_path / "images.npz", images, labels + 1)
    with pytest.raises(ValueError, match="labels from 1 to 10"):
        datasets.mnist(path)


def test_an_empty_part_is_refused(tmp_path):
    images, labels = pictures(16)
    path = tmp_path / "images.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:0], y_test=labels[:0])
    with pytest.raises(ValueError, match="n >= 1"):
        datasets.mnist(path)


@pytest.mark.skipif(not REAL_MNIST.exists(), reason="needs ../shared/data/mnist_8k.npz")
def test_real_mnist_digits_are_read():
    (x_train, y_train), (x_test, y_test) = datasets.mnist(REAL_MNIST)
    check_part(x_train, y_train, 7000, 28)
    check_part(x_test, y_test, 1000, 28)
    assert x_train.min() == -1.0 and x_train.max() == 1.0
    assert np.bincount(y_train).min() > 500
