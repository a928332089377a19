"""Labelled images of ten classes, scaled to [-1, 1]."""

import math

import keras
import numpy as np

from keras_rlgen.arguments import check_number, check_seed
from keras_rlgen.datasets.image_files import read_image_files

_NUM_DIGITS = 1797
_NUM_CLASSES = 10


def digits(test_fraction=0.2, seed=0):
    """Loads scikit-learn's 1,797 handwritten digits, 8 x 8 pixels.

    They ship with scikit-learn: nothing is downloaded. Classes are balanced, and the
    split is stratified.

    Args:
        test_fraction: Float in (0, 1), the held-out fraction, rounded up to whole
            images. Each part must have at least ten images (one per class).
        seed: Integer >= 0, chooses the split. The same seed gives the same split.

    Returns:
        `((x_train, y_train), (x_test, y_test))`. Images are float32 of shape
        `(n, 8, 8, 1)` in [-1, 1] (17 levels); labels int32 of shape `(n,)`
        in [0, 9].

    Raises:
        ValueError: If either part would lack images of some class.

    Reference:

    - Alpaydin and Kaynak, 1998, *Optical Recognition of Handwritten Digits*,
      UCI Machine Learning Repository (its test part)

    Example:

    >>> (x_train, y_train), (x_test, y_test) = digits()
    >>> x_train.shape, x_test.shape
    ((1437, 8, 8, 1), (360, 8, 8, 1))
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    check_number("test_fraction", test_fraction)
    check_seed(seed, least=0)
    num_test = math.ceil(_NUM_DIGITS * test_fraction)
    if not _NUM_CLASSES <= num_test <= _NUM_DIGITS - _NUM_CLASSES:
        raise ValueError(
            "Argument `test_fraction` must hold out and leave at least "
            f"{_NUM_CLASSES} of the {_NUM_DIGITS} images. "
            f"Received: test_fraction={test_fraction} ({num_test} images). "
            "Choose a fraction between 0.01 and 0.99."
        )
    pixels, labels = load_digits(return_X_y=True)
    images = (pixels / 8.0 - 1.0).astype("float32").reshape(-1, 8, 8, 1)
    labels = labels.astype("int32")
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels, test_size=num_test, stratify=labels, random_state=seed
    )
    return (x_train, y_train), (x_test, y_test)


def mnist(path=None):
    """Loads MNIST: handwritten digits, 28 x 28 pixels.

    Args:
        path: `None` downloads the 70,000 images once, with
            `keras.datasets.mnist`. A string or path reads local files instead:

            - an `.npz` file with `x_train`, `y_train`, `x_test`, `y_test` (the
              file that Keras downloads), or with `x` and `y` only, of which
              the last eighth (rounded down) is then held out;
            - a folder with the four IDX files `train-images-idx3-ubyte`,
              `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
              `t10k-labels-idx1-ubyte`, each plain or with `.gz`.

    Returns:
        `((x_train, y_train), (x_test, y_test))`. Images are float32 of shape
        `(n, 28, 28, 1)` in [-1, 1]; labels int32 of shape `(n,)` in [0, 9].

    Raises:
        FileNotFoundError: If `path`, or one of the four IDX files, is missing.
        ValueError: If a file is corrupt or truncated, or its arrays do not
            have the shapes, types or ranges above.

    Reference:

    - LeCun et al., 1998, *Gradient-based learning applied to document
      recognition*

    Example:

    ```python
    (x_train, y_train), (x_test, y_test) = keras_rlgen.datasets.mnist()
    ```
    """
    return _ten_classes(keras.datasets.mnist, path)


def fashion_mnist(path=None):
    """Loads Fashion-MNIST: images of clothes, 28 x 28 pixels.

    The classes, in order: t-shirt, trouser, pullover, dress, coat, sandal,
    shirt, sneaker, bag, ankle boot.

    Args:
        path: `None` downloads the 70,000 images once, with
            `keras.datasets.fashion_mnist`. A string or path reads local files
            instead: the same formats and names as `mnist`.

    Returns:
        `((x_train, y_train), (x_test, y_test))`. Images are float32 of shape
        `(n, 28, 28, 1)` in [-1, 1]; labels int32 of shape `(n,)` in [0, 9].

    Raises:
        FileNotFoundError: If `path`, or one of the four IDX files, is missing.
        ValueError: If a file is corrupt or truncated, or its arrays do not
            have the shapes, types or ranges above.

    Reference:

    - [Xiao et al., 2017](https://arxiv.org/abs/1708.07747)

    Example:

    ```python
    (x_train, _), (x_test, _) = keras_rlgen.datasets.fashion_mnist()
    ```
    """
    return _ten_classes(keras.datasets.fashion_mnist, path)


def _ten_classes(source, path):
    if path is None:
        train, test = source.load_data()
    else:
        train, test = read_image_files(path)
    return _scaled(*train, path), _scaled(*test, path)


def _scaled(images, labels, path):
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.shape[1:] != (28, 28) or len(images) == 0:
        raise ValueError(
            "Expected images of shape (n, 28, 28) or (n, 28, 28, 1), n >= 1. "
            f"Received: shape {images.shape} in {path}"
        )
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"Expected one label an image, shape {images.shape[:1]}. "
            f"Received: shape {labels.shape} in {path}"
        )
    if images.dtype != np.uint8 or labels.dtype.kind not in "iu":
        raise ValueError(
            "Expected uint8 images (pixels 0 to 255) and integer labels. "
            f"Received: {images.dtype} images and {labels.dtype} labels in "
            f'{path}. Convert the images with `.astype("uint8")`.'
        )
    if labels.min() < 0 or labels.max() >= _NUM_CLASSES:
        raise ValueError(
            f"Expected labels from 0 to {_NUM_CLASSES - 1}. "
            f"Received: labels from {labels.min()} to {labels.max()} in {path}"
        )
    images = images.astype("float32") / 127.5 - 1.0
    return images[..., np.newaxis], labels.astype("int32")
