import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import checked_range
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models import data_checks
from keras_rlgen.models.autoregressive.causality import check_causality
from keras_rlgen.models.autoregressive.pixel_decoding import autoregress
from keras_rlgen.models.conditions.condition_input import check_condition_input
from keras_rlgen.models.conditions.conditions_of import conditions_of
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.models.real_samples import as_samples
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class PixelCNN(LikelihoodModel):
    """An autoregressive model of images: each value given all earlier ones.

    `log p(x) = sum_i log p(x_i | x_1, ..., x_(i-1))`, in raster order: row by row, from
    left to right, channel by channel. Every factor is a softmax over the `num_levels`
    values of a channel, so the likelihood is exact.

    Images are floats in `value_range`. They are rounded to the nearest of
    `num_levels` values, evenly spaced from `low` to `high`: with two levels and
    [0, 1], this is binarisation at 0.5. The network gets rounded images.

    Args:
        network: Keras model from images `(batch, height, width, channels)`, or
            `[images, condition]`, to logits `(batch, height, width, channels,
            num_levels)`, such as `GatedPixelCNN`. Sampling uses the network's method
            `autoregress(choose, count, condition)`; without one, it evaluates the whole
            network for each value.
        num_classes: Positive integer, labels are in `[0, num_classes)`; `None` for no
            labels.
        value_range: `(low, high)` of the images. Defaults to `(0.0, 1.0)`.
        seed: Integer or `None`, the seed of sampling.
        conditions: In place of `num_classes`, for another condition than labels, such
            as `VectorCondition(3)`: `fit(x, y)`, `y` float32 `(num_samples, 3)`.

    Raises:
        ValueError: If the network's output is not as described, or a prediction depends
            on its own value or on later ones.

    Example:

    ```python
    network = GatedPixelCNN((28, 28, 1), num_levels=2)
    model = PixelCNN(network, seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(images, epochs=10)
    model.evaluate(held_out)  # [loss in nats, bits_per_dimension]
    model.generate(16, temperature=0.9)
    model.complete(held_out[:8], mask=upper_half)
    ```

    Reference:
        [van den Oord et al., 2016](https://arxiv.org/abs/1606.05328).
    """

    likelihood = "exact"
    term_names = ("loss",)
    evaluation_names = ("loss", "bits_per_dimension")

    def __init__(
        self,
        network,
        num_classes=None,
        value_range=(0.0, 1.0),
        seed=None,
        name=None,
        conditions=None,
        **kwargs,
    ):
        check_network("network", network)
        conditions = conditions_of(num_classes, conditions)
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        low, high = checked_range(value_range)
        self.value_range = low, high
        self.network = network
        self.num_classes = num_classes
        self.sample_shape, self.num_levels = self._check_network()
        self._completer = None
        self.built = True

    def _check_network(self):
        """Checks the network's output; returns the image shape and number of levels."""
        shape = self.network.input_shape
        if self.has_condition:
            shape = shape[0] if isinstance(shape, list) else None
        if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
            wanted = "[images, condition]" if self.has_condition else "images"
            raise ValueError(
                f"Expected a built network of {wanted}, images of shape (batch, "
                f"height, width, channels). Received one with input_shape="
                f"{self.network.input_shape} and num_classes={self.num_classes}."
            )
        check_condition_input(self.network, self.conditions, "network", "images")
        shape = shape[1:]

        def logits(images):
            condition = None
            if self.has_condition:
                condition = self.conditions.example(images.shape[0])
            return self._logits(images, condition)

        output = tuple(logits(tf.zeros((1, *shape))).shape[1:])
        if output[:-1] != shape or len(output) != 4 or output[-1] < 2:
            raise ValueError(
                "Expected the network to give logits of shape (batch, height, width, "
                f"channels, num_levels) = (batch, {', '.join(map(str, shape))}, "
                f"num_levels), two levels or more. Received: {('batch', *output)}"
            )
        check_causality(logits, shape, self.value_range, self.network)
        return shape, output[-1]

    def _logits(self, images, condition=None, training=False):
        inputs = images if condition is None else [images, condition]
        return tf.cast(self.network(inputs, training=training), tf.float32)

    def levels(self, images):
        """Returns images rounded to their levels, int32 of the same shape.

        Args:
            images: Float tensor or array in `value_range`.
        """
        low, high = self.value_range
        scaled = (tf.cast(images, tf.float32) - low) / (high - low)
        levels = tf.round(scaled * (self.num_levels - 1))
        return tf.clip_by_value(tf.cast(levels, tf.int32), 0, self.num_levels - 1)

    def values(self, levels):
        """Returns the values of levels, float32 in `value_range`."""
        low, high = self.value_range
        step = (high - low) / (self.num_levels - 1)
        return low + step * tf.cast(levels, tf.float32)

    def _log_probs(self, samples, condition, training):
        """Computes the log-probability of each value given all earlier ones."""
        levels = self.levels(samples)
        logits = self._logits(self.values(levels), condition, training)
        return -tf.nn.sparse_softmax_cross_entropy_with_logits(levels, logits)

    def _log_prob(self, samples, condition, training):
        log_probs = self._log_probs(samples, condition, training)
        return tf.reduce_sum(log_probs, axis=(1, 2, 3))

    def log_density(self, samples, condition, key):
        return self._log_prob(samples, condition, training=False)

    def loss_terms(self, samples, condition, key, training):
        return {"loss": -tf.reduce_mean(self._log_prob(samples, condition, training))}

    def evaluation_terms(self, samples, condition, key):
        loss = self.loss_terms(samples, condition, key, training=False)["loss"]
        dimensions = math.prod(self.sample_shape)
        return {
            "loss": loss,
            "bits_per_dimension": loss / (dimensions * math.log(2.0)),
        }

    def sample(self, count, key, condition=None, temperature=1.0):
        condition_key, key = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        condition = self._given_or_random(condition, count, condition_key)
        return self._decode(count, key, condition, temperature)

    def _decode(self, count, key, condition, temperature, images=None, known=None):
        """Samples images; where `known`, values are those of `images`."""
        noise = tf.random.stateless_uniform((count, *self.sample_shape), key)

        def choose(row, column, channel, logits):
            level = _inverse_cdf(
                tf.cast(logits, tf.float32) / temperature,
                noise[:, row, column, channel],
            )
            value = self.values(level)
            if known is None:
                return value
            given = images[:, row, column, channel]
            return tf.where(known[:, row, column, channel], given, value)

        if hasattr(self.network, "autoregress"):
            return self.network.autoregress(choose, count, condition)
        return autoregress(
            lambda images: self._logits(images, condition),
            self.sample_shape,
            choose,
            count,
        )

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        condition_key, key = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        condition = self._given_or_random(condition, count, condition_key)
        samples = self._decode(count, key, condition, temperature)
        return Draw(
            tf.stop_gradient(samples), (), () if condition is None else condition
        )

    def draw_log_prob(self, draw, condition=None, training=None):
        """Computes the log-probability of each value, given all earlier ones.

        They take one evaluation of the network. See `GenerativeModel`.

        Returns:
            Float32 tensor `(count, height * width * channels)`, in nats, in raster
            order.
        """
        condition = self._drawn_condition(draw, condition)
        log_probs = self._log_probs(draw.samples, condition, bool(training))
        return tf.reshape(log_probs, (-1, math.prod(self.sample_shape)))

    @property
    def policy_variables(self):
        return self.network.trainable_variables

    def call(self, inputs, training=None):
        """Returns the logits for images, or for `[images, condition]`."""
        images, condition = inputs if self.has_condition else (inputs, None)
        images = self.values(self.levels(images))
        return self._logits(images, condition, bool(training))

    def complete(self, images, mask, condition=None, seed=None, temperature=1.0):
        """Samples the unknown pixels of images, compiled and in one batch.

        Pixels are sampled in raster order, each given all earlier ones. If the known
        pixels come first, such as the upper half, completions follow the model's
        conditional distribution exactly. Known pixels have no influence on pixels
        sampled before them.

        Args:
            images: Array `(num_images, height, width, channels)` in `value_range`,
                rounded to the levels. Their values at unknown pixels are ignored.
            mask: Array of booleans, or of zeros and ones, that is one at known pixels:
                `(height, width)`, `(height, width, channels)` or
                `(num_images, height, width, 1 or channels)`.
            condition: As in `generate`.
            seed: As in `generate`.
            temperature: As in `generate`.

        Returns:
            Float32 NumPy array of the images' shape.

        Raises:
            ValueError: If the images are out of range, not finite, or of another
                shape; if the mask is of another shape, or not of zeros and ones; as
                `generate`.
        """
        images = np.asarray(as_samples(images, self.sample_shape), "float32")
        mask = np.asarray(mask)
        data_checks.check_shape(images, self.sample_shape)
        full = self._full_mask(mask, images.shape)
        images = np.where(full, images, self.value_range[0])
        data_checks.check_array(images, self.value_range)
        condition = self._check_request(len(images), condition, temperature)
        if self._completer is None:
            self._completer = tf.function(self._complete, reduce_retracing=True)
        return self._completer(
            tf.constant(images, tf.float32),
            tf.constant(full),
            self._sampling_key(seed),
            condition,
            tf.constant(temperature, tf.float32),
        ).numpy()

    def _complete(self, images, known, key, condition, temperature):
        count = tf.shape(images)[0]
        condition_key, key = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        condition = self._given_or_random(condition, count, condition_key)
        images = self.values(self.levels(images))
        return self._decode(count, key, condition, temperature, images, known)

    def _full_mask(self, mask, shape):
        """Returns the mask as booleans of the images' shape."""
        if not np.isin(mask, (0, 1)).all():
            raise ValueError(
                "Expected `mask` of booleans, or of zeros and ones: one at known "
                f"pixels. Received values from {mask.min()} to {mask.max()}."
            )
        full = mask[..., None] if mask.ndim == 2 else mask
        one = (*shape[1:3], 1)
        if full.shape not in (one, shape[1:], (shape[0], *one), shape):
            height, width, channels = self.sample_shape
            raise ValueError(
                f"Expected `mask` of shape ({height}, {width}), ({height}, {width}, "
                f"{channels}) or ({shape[0]}, {height}, {width}, {channels}). "
                f"Received: {mask.shape}"
            )
        return np.broadcast_to(full.astype(bool), shape)

    def export_endpoints(self):
        """Returns the base class's endpoints, and `log_prob(samples[, condition])`."""
        signature = [self.sample_spec]
        if self.has_condition:
            signature.append(self.conditions.spec)

        def log_prob(samples, condition=None):
            return self._log_prob(samples, condition, training=False)

        endpoints = super().export_endpoints()
        endpoints["log_prob"] = log_prob, signature
        return endpoints

    def exported_parts(self):
        return [self.network]

    def get_config(self):
        return {
            "network": serialize(self.network),
            "num_classes": self.num_classes,
            "conditions": serialize(self._given_conditions),
            "value_range": self.value_range,
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "network", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))


def _inverse_cdf(logits, uniforms):
    """Computes the categories `(batch,)` at quantiles `uniforms` in [0, 1)."""
    totals = tf.cumsum(tf.nn.softmax(logits), axis=-1)[:, :-1]
    passed = tf.cast(uniforms[:, None] >= totals, tf.int32)
    return tf.reduce_sum(passed, axis=-1)
