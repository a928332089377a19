"""Small image classifiers, for features and for rewards.

A classifier of a data set is trained once, on first use, and then cached as a `.keras`
file in the folder `keras_rlgen` of the Keras home (`$KERAS_HOME`, or `~/.keras`).
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import warnings
import zipfile

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import datasets
from keras_rlgen.arguments import check_integer, check_number, is_integer
from keras_rlgen.training.fit_callbacks import fit_callbacks
from keras_rlgen.training.untuned import untuned
from keras_rlgen.whole_files import replacing, write_text

# Part of the file names: increase it when architecture or training change.
_CACHE_VERSION = 1
_BATCH_SIZE = 64
LARGEST_PIXEL = 1000.0
_TRAINING_STEPS = {"digits": 600, "mnist": 3000, "fashion_mnist": 5000}

CLASSIFIED_DATA_SETS = tuple(_TRAINING_STEPS)


def _isolated(function):
    """Runs a function in a separate thread.

    That thread has no graph, gradient tape, distribution strategy, data type policy or
    Keras scope of its caller. So models can be created, trained and loaded even while a
    graph is being traced, always in the same way.
    """

    @functools.wraps(function)
    def run(*arguments, **options):
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as executor:
            return executor.submit(function, *arguments, **options).result()

    return run


@_isolated
def classifier(name, verbose="auto"):
    """Returns the classifier of a data set, trained on its training part.

    Training takes seconds for `"digits"` and a minute or two for the others
    (two CPU cores), once: the result is cached (see `keras_rlgen.metrics`).
    Several processes may call it concurrently. A damaged cache file is replaced. The
    random state of Keras, TensorFlow, NumPy and Python does not change.

    Args:
        name: `"digits"`, `"mnist"` or `"fashion_mnist"`.
        verbose: As in `keras.Model.fit`, of the training.

    Returns:
        A frozen, uncompiled Keras model from images as
        `keras_rlgen.datasets` gives them (float32 in [-1, 1], of shape
        `(batch, height, width, 1)`) to *logits* of shape `(batch, 10)`.

    Raises:
        ValueError: If `name` is not a data set.

    Example:

    ```python
    model = keras_rlgen.metrics.classifier("digits")
    (_, _), (images, labels) = keras_rlgen.datasets.digits()
    confidence = keras.ops.softmax(model(images))  # (360, 10)
    ```
    """
    if name not in CLASSIFIED_DATA_SETS:
        raise ValueError(
            f"Argument `name` must be one of {', '.join(CLASSIFIED_DATA_SETS)}. "
            f"Received: name={name!r}. For other data, use "
            "`keras_rlgen.metrics.train_classifier`."
        )
    path = _cache_folder() / f"{name}_classifier_{_CACHE_VERSION}.keras"
    (images, labels), _ = getattr(datasets, name)()
    expected = {
        "architecture": _build(images.shape[1:], 10, seed=0).to_json(),
        "data": _digest(images, labels),
        "training_steps": _TRAINING_STEPS[name],
    }
    model = _load(path, expected)
    if model is None:
        if verbose:
            print(f"Training the classifier of {name}, once: it is kept in {path}")
        model, _ = train_classifier(
            images, labels, training_steps=_TRAINING_STEPS[name], verbose=verbose
        )
        _save(model, path, expected)
    model.trainable = False
    return model


@_isolated
def train_classifier(
    images, labels, training_steps=3000, learning_rate=2e-3, seed=0, verbose=0
):
    """Trains a small convolutional classifier, reproducibly.

    Three convolutions (16, 32, 64 filters of 3 x 3; the last two with stride 2),
    a layer of 64 features, dropout, and a layer of logits; Adam with a cosine
    schedule on batches of 64.

    All randomness comes from `seed`: the random state of Keras, TensorFlow,
    NumPy and Python is neither used nor changed.

    Args:
        images: float array of shape `(n, height, width, channels)`, about
            [-1, 1].
        labels: Integer array of shape `(n,)`, from 0; the largest label determines the
            number of classes.
        training_steps: Integer >= 1, gradient steps.
        learning_rate: Float > 0, at the start.
        seed: Integer >= 0.
        verbose: As in `keras.Model.fit`. Defaults to 0, silent.

    Returns:
        `(classifier, features)`: two frozen Keras models that share layers,
        from images to logits of shape `(batch, num_classes)`, and to features
        of shape `(batch, 64)`. Either one can be a metric's `features`.

    Raises:
        ValueError: If the shapes, types or ranges are not as above.

    Example:

    >>> (images, labels), _ = keras_rlgen.datasets.digits()
    >>> _, features = train_classifier(images, labels, training_steps=10)
    >>> metric = keras_rlgen.metrics.FrechetDistance(features)
    """
    images, labels = _check_examples(images, labels)
    check_number("learning_rate", learning_rate, above=0.0)
    check_integer("seed", seed, least=0, most=2**31 // 10 - 1)
    if not is_integer(training_steps) or training_steps < 1:
        raise ValueError(
            "Argument `training_steps` must be at least 1. "
            f"Received: training_steps={training_steps!r}"
        )
    model = _build(images.shape[1:], int(labels.max()) + 1, seed)
    # Compiled separately, so that the saved model has no optimizer.
    trainer = keras.Model(model.input, model.output, name="classifier_trainer")
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, training_steps)
    trainer.compile(
        optimizer=keras.optimizers.Adam(schedule, name="classifier_adam"),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    trainer.fit(
        _batches(images, labels, training_steps, seed),
        shuffle=False,
        callbacks=fit_callbacks(None, [], verbose),
        verbose=verbose,
    )
    model.trainable = False
    return model, penultimate_features(model)


@_isolated
def penultimate_features(model):
    """Returns a model of the penultimate features of a classifier.

    Args:
        model: A model from `classifier` or `train_classifier`.

    Returns:
        A frozen Keras model from images to float32 features of shape
        `(batch, 64)`, sharing the classifier's layers.
    """
    features = keras.Model(
        model.input,
        model.get_layer("features").output,
        name="classifier_features",
    )
    features.trainable = False
    return features


def _check_examples(images, labels):
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim != 4 or labels.shape != images.shape[:1] or 0 in images.shape:
        raise ValueError(
            "Expected `images` of shape (n, height, width, channels) and "
            "`labels` of shape (n,), n >= 1. "
            f"Received: shapes {images.shape} and {labels.shape}"
        )
    if images.dtype.kind != "f" or labels.dtype.kind not in "iu":
        raise ValueError(
            "Expected float `images` (about [-1, 1]) and integer `labels`. "
            f"Received: {images.dtype} and {labels.dtype}"
        )
    largest = np.abs(images).max()
    if not np.isfinite(largest) or largest > LARGEST_PIXEL:
        raise ValueError(
            "Expected finite `images` of about [-1, 1]. Received: values up to "
            f"{largest:g} in magnitude. Rescale them: `images / 127.5 - 1`."
        )
    if labels.min() < 0 or labels.max() < 1:
        raise ValueError(
            "Expected `labels` from 0, of at least two classes. "
            f"Received: labels from {labels.min()} to {labels.max()}"
        )
    return images.astype("float32"), labels.astype("int32")


def _build(image_shape, num_classes, seed):
    # Every name, seed and data type is explicit: defaults depend on global state.
    seeds = iter(range(seed * 10, seed * 10 + 10))

    def options(name):
        initializer = keras.initializers.HeNormal(seed=next(seeds))
        return dict(name=name, kernel_initializer=initializer, dtype="float32")

    inputs = keras.Input(image_shape, dtype="float32", name="images")
    x = inputs
    for index, (filters, strides) in enumerate(((16, 1), (32, 2), (64, 2))):
        x = keras.layers.Conv2D(
            filters,
            kernel_size=3,
            strides=strides,
            padding="same",
            activation="relu",
            data_format="channels_last",
            **options(f"convolution_{index}"),
        )(x)
    x = keras.layers.Flatten(
        data_format="channels_last", name="flatten", dtype="float32"
    )(x)
    x = keras.layers.Dense(64, activation="relu", **options("features"))(x)
    x = keras.layers.Dropout(0.25, seed=next(seeds), name="dropout", dtype="float32")(x)
    logits = keras.layers.Dense(num_classes, **options("logits"))(x)
    return keras.Model(inputs, logits, name="classifier")


def _batches(images, labels, num_batches, seed):
    random = np.random.default_rng(seed)
    num_examples = num_batches * _BATCH_SIZE
    num_epochs = -(-num_examples // len(images))
    order = [random.permutation(len(images)) for _ in range(num_epochs)]
    order = np.concatenate(order)[:num_examples]
    batches = (
        tf.data.Dataset.from_tensor_slices(order)
        .batch(_BATCH_SIZE)
        .map(lambda rows: (tf.gather(images, rows), tf.gather(labels, rows)))
    )
    return untuned(batches)


def _cache_folder():
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    return pathlib.Path(home) / "keras_rlgen"


def _digest(*arrays):
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _load(path, expected):
    """Returns the cached classifier, if it is the one trained as expected."""
    if not path.exists():
        return None
    try:
        _check_record(path, expected)
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (
        AttributeError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        warnings.warn(
            f"Ignoring {path}, which cannot be read ({error}): training that "
            "classifier again.",
            stacklevel=2,
        )
        return None
    return model


def _check_record(path, expected):
    """Raises `ValueError` unless a file is the one whose making was recorded."""
    record = json.loads(_record_path(path).read_text("utf-8"))
    of_file = hashlib.sha256(path.read_bytes()).hexdigest()
    if record != {**expected, "file": of_file}:
        raise ValueError("it is not the classifier that was trained for these data")


def _record_path(path):
    return path.with_suffix(".json")


def _save(model, path, expected):
    """Saves as a whole, so that no process reads a partial file, and records how."""
    try:
        with replacing(path) as beside:
            model.save(beside)
            of_file = hashlib.sha256(beside.read_bytes()).hexdigest()
            record = json.dumps({**expected, "file": of_file}, indent=1)
            write_text(_record_path(path), record + "\n")
    except OSError as error:
        warnings.warn(
            f"Could not save the trained classifier as {path} ({error}). It "
            "will be trained again next time; set `KERAS_HOME` to a folder "
            "that is writable.",
            stacklevel=2,
        )
