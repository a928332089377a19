"""Extracts the features of samples that metrics compare."""

import math
import warnings

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.metrics.classifiers import (
    CLASSIFIED_DATA_SETS,
    classifier,
    penultimate_features,
)

FEWEST_IMAGES = 8  # fewer may hold no dark pixel
IMAGE_SHAPES = {"digits": (8, 8, 1)}  # of others (28, 28, 1)
_NAMES = ("identity", *CLASSIFIED_DATA_SETS)


def feature_extractor(identifier="identity"):
    """Returns a function from samples to feature vectors.

    Args:
        identifier: One of:

            - `"identity"`: the sample itself, flattened.
            - `"digits"`, `"mnist"`, `"fashion_mnist"`: the 64 features before
              the last layer of a classifier of that data set
              (`keras_rlgen.metrics.classifier`), for images of the shape and
              range of `keras_rlgen.datasets`. The classifier is trained, or
              loaded from its cache, on first use, not here.
            - A Keras model or layer. It is called with `training=False`.
            - Any other callable from samples of shape `(batch, ...)` to
              features of shape `(batch, ...)`, made of TensorFlow operations.
            - The result of `FeatureExtractor.serialize`, or a `FeatureExtractor`.

    Returns:
        A `FeatureExtractor`.

    Raises:
        ValueError: If `identifier` is an unknown name.
        TypeError: If `identifier` is none of the above.

    Example:

    >>> extract = feature_extractor("identity")
    >>> extract(np.zeros((16, 8, 8, 1))).shape
    TensorShape([16, 64])
    """
    if isinstance(identifier, FeatureExtractor):
        return identifier
    if isinstance(identifier, dict):
        identifier = keras.saving.deserialize_keras_object(identifier)
    return FeatureExtractor(identifier)


class FeatureExtractor:
    """Features of samples, as float32 vectors without gradient.

    Created by `feature_extractor`. It is deliberately not a Keras object: a metric that
    holds one neither tracks nor trains nor saves its layers.

    Args:
        identifier: See `feature_extractor`.
    """

    def __init__(self, identifier):
        if isinstance(identifier, str):
            if identifier not in _NAMES:
                raise ValueError(
                    f"Argument `features` must be one of {', '.join(_NAMES)}, "
                    "a Keras model or a callable. "
                    f"Received: features={identifier!r}"
                )
        elif not callable(identifier) or isinstance(identifier, type):
            raise TypeError(
                f"Argument `features` must be one of {', '.join(_NAMES)}, a "
                f"Keras model or a callable. Received: features={identifier!r} "
                f"(of type {type(identifier).__name__})"
            )
        self.identifier = identifier
        self._network = None
        self._warned = False

    @property
    def weights(self):
        """Weights of a Keras model given by the user; else an empty list."""
        if isinstance(self.identifier, keras.Layer):
            return self.identifier.weights
        return []

    def __call__(self, samples):
        """Extracts features.

        Args:
            samples: Tensor of shape `(batch, ...)`, all but the batch axis
                known.

        Returns:
            float32 tensor of shape `(batch, feature_size)`.

        Raises:
            ValueError: If `samples` has no axis after the batch, or the
                callable does not return one tensor of shape `(batch, ...)`.
        """
        samples = keras.ops.convert_to_tensor(samples)
        if len(samples.shape) < 2:
            raise ValueError(
                "Expected samples of shape (batch, ...), at least two axes. "
                f"Received: shape {tuple(samples.shape)}"
            )
        features = self._extract(samples)
        if not tf.is_tensor(features) or None in features.shape[1:]:
            raise ValueError(
                "Expected `features` to return one tensor of shape "
                "(batch, ...), all but the batch axis known. Received: "
                f"{features} from {self.identifier!r}"
            )
        size = math.prod(features.shape[1:])
        features = tf.reshape(features, (-1, size))
        return tf.stop_gradient(tf.cast(features, "float32"))

    def check_range(self, bounds):
        """Warns if samples of a range are not those that a named classifier knows.

        Args:
            bounds: `(low, high)` of the samples, or `None` if unknown.
        """
        named = isinstance(self.identifier, str) and self.identifier != "identity"
        if not named or self._warned or bounds is None:
            return
        low, high = bounds
        if low < -0.5 and -1.001 <= low and high <= 1.001:
            return
        self._warned = True
        warnings.warn(
            f"features={self.identifier!r} were learned on pixels in [-1, 1]. "
            f"Received: pixels in [{low:g}, {high:g}], whose features mean little. "
            "Pass a function that rescales them first, such as `lambda images: "
            f"extract(2.0 * images - 1.0)` with `extract = "
            f"metrics.feature_extractor({self.identifier!r})`.",
            stacklevel=3,
        )

    def serialize(self):
        """Returns an identifier from which `feature_extractor` restores this extractor.

        A Keras model is serialised without its weights.

        Returns:
            A name, or the configuration of a Keras object.

        Raises:
            ValueError: If the extractor is a callable that is not registered
                with Keras.
        """
        identifier = self.identifier
        if isinstance(identifier, str):
            return identifier
        if not isinstance(identifier, keras.Layer):
            _check_registered(identifier)
        return keras.saving.serialize_keras_object(identifier)

    def _extract(self, samples):
        if self.identifier == "identity":
            return samples
        if isinstance(self.identifier, str):
            self._check_images(samples)
            if self._network is None:
                self._network = penultimate_features(classifier(self.identifier))
            return self._network(samples, training=False)
        if isinstance(self.identifier, keras.Layer):
            return self.identifier(samples, training=False)
        return self.identifier(samples)

    def _check_images(self, samples):
        expected = IMAGE_SHAPES.get(self.identifier, (28, 28, 1))
        if tuple(samples.shape[1:]) != expected:
            raise ValueError(
                f"features={self.identifier!r} are of images of shape {expected}. "
                f"Received: {tuple(samples.shape[1:])}. Use 'identity', or a network "
                "of your own."
            )
        if hasattr(samples, "numpy") and len(samples) >= FEWEST_IMAGES:
            self.check_range((float(np.min(samples)), float(np.max(samples))))


def _check_registered(function):
    registered = function if hasattr(function, "__name__") else type(function)
    name = keras.saving.get_registered_name(registered)
    if keras.saving.get_registered_object(name) is not registered:
        raise ValueError(
            "Expected `features` to be a name, a Keras model or a registered "
            f"function to be saved. Received: {function!r}. Decorate its "
            "definition with "
            "`@keras.saving.register_keras_serializable('my_package')`."
        )
