"""Mixin for models that restore degraded images."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.arguments import check_integer, check_number, check_seed
from keras_rlgen.layers.random_mask import RandomMask, fill_in
from keras_rlgen.models.conditions.degraded_images import DegradedImages
from keras_rlgen.models.real_samples import as_samples
from keras_rlgen.models.training_data import is_array, unpacked
from keras_rlgen.rl_models.reward_check import has_gradient
from keras_rlgen.rl_models.reward_trained import RewardTrained
from keras_rlgen.training import replicas
from keras_rlgen.training.fit_arguments import check_no_weights
from keras_rlgen.training.guarded_model import serialize


class Restorer(RewardTrained):
    """Mixin for generative models whose condition is a degraded image.

    In training each clean image is degraded by `corruption`, differently in each epoch,
    and the model learns to generate clean images given the degraded one. With a
    `RandomMask` the known pixels are always copied from the image.

    Subclasses list this mixin before the model's family. They set `corruption` and
    `evaluation_corruption`, a copy, before the family's `__init__`, so that evaluation
    does not change training.
    """

    def prepare_restoration(self, corruption, network):
        """Stores and validates the corruption.

        Args:
            corruption: Keras layer from clean images to degraded ones.
            network: Keras model whose second input is the degraded image.

        Returns:
            `DegradedImages`, the model's conditions.

        Raises:
            TypeError: If the corruption is no layer.
            ValueError: If the network has no such input, or the corruption's output has
                another shape.
        """
        inputs = getattr(network, "inputs", None) or []
        if not isinstance(corruption, keras.Layer):
            raise TypeError(
                "Expected `corruption` to be a Keras layer, such as "
                "`keras_rlgen.layers.RandomMask('square')`. Received: "
                f"{corruption!r}"
            )
        if len(inputs) != 2 or len(inputs[1].shape) != 4:
            raise ValueError(
                "Expected networks with two inputs, the second a degraded image "
                "(height, width, channels). Received inputs of shapes "
                f"{[tuple(x.shape) for x in inputs]}"
            )
        expected = tuple(inputs[1].shape[1:])
        sample_shape = tuple(network.output_shape[1:])
        degraded = corruption(tf.zeros((1, *sample_shape)), training=True)
        if tuple(degraded.shape[1:]) != expected:
            raise ValueError(
                f"The corruption `{type(corruption).__name__}` makes images of shape "
                f"{tuple(degraded.shape[1:])} of those of shape {sample_shape}, but "
                f"the networks take {expected}. Change their second input."
                + (
                    " The mask is a separate channel."
                    if isinstance(corruption, RandomMask)
                    else ""
                )
            )
        # Both start from the seed, whatever was sampled before.
        config = corruption.get_config()
        self.corruption = type(corruption).from_config(config)
        self.evaluation_corruption = type(corruption).from_config(config)
        self.reward_weight = 0.0
        self.reward_tracker = keras.metrics.Mean(name="reward")
        self.error_tracker = keras.metrics.Mean(name="restoration_error")
        self.term_trackers = {}
        return DegradedImages(expected)

    def degrade(self, images):
        """Degrades images as in training, with a separate random stream.

        Args:
            images: Array or tensor `(batch, height, width, channels)`.

        Returns:
            Float32 tensor `(batch, ...)`, what `restore` takes.
        """
        images = self._checked_samples(images)
        return self.evaluation_corruption(images, training=True)

    def restore(self, degraded, seed=None, temperature=1.0, batch_size=1000):
        """Generates a clean image for each degraded one.

        Args:
            degraded: Array or tensor `(batch, ...)`, from `degrade`, or
                `keras_rlgen.layers.mask_images(images, mask)`.
            seed: As in `generate`.
            temperature: As in `generate`.
            batch_size: Integer, images restored at a time. With a `seed`, the result
                depends on it.

        Returns:
            Float32 NumPy array `(batch, height, width, channels)`.

        Raises:
            ValueError: As `generate`; if the images are not of the shape of the
                corruption's output.
        """
        check_integer("batch_size", batch_size)
        degraded = as_samples(degraded, self.conditions.spec.shape[1:])
        if not is_array(degraded) or not len(degraded):
            raise ValueError(
                f"Expected at least one damaged image, an array. Received: {degraded!r}"
            )
        if len(degraded) <= batch_size:
            return self.generate(len(degraded), degraded, seed, temperature)
        check_seed(seed)
        starts = range(0, len(degraded), batch_size)
        seeds = [None] * len(starts)
        if seed is not None:
            # The first batch is as it would be alone.
            others = np.random.SeedSequence(seed % 2**32).generate_state(len(starts))
            seeds = [seed, *(int(other) // 2 for other in others[1:])]
        return np.concatenate(
            [
                self.restore(degraded[i : i + batch_size], s, temperature, batch_size)
                for i, s in zip(starts, seeds, strict=True)
            ]
        )

    def completed(self, generated, degraded):
        """Copies the known pixels into generated images.

        Args:
            generated: Float32 tensor `(batch, height, width, channels)`.
            degraded: Float32 tensor, the condition.

        Returns:
            Tensor of the same shape; `generated` itself unless the corruption is a
            `RandomMask`.
        """
        if not isinstance(self.corruption, RandomMask):
            return generated
        return fill_in(degraded, generated)

    def known_pixels(self, degraded):
        """Returns a mask of known pixels, bool `(batch, height, width)`, or `None`.

        Args:
            degraded: Float32 tensor, the condition.
        """
        if not isinstance(self.corruption, RandomMask):
            return None
        return degraded[..., -1] > 0.5

    def compile(self, *args, reward=None, reward_weight=1.0, **kwargs):
        """Configures the reward, and passes the other arguments to the family.

        Raises:
            ValueError: If the reward is not finite or not of shape `(batch,)`, or has
                no gradient; or if its weight is not finite.
        """
        check_number("reward_weight", reward_weight)
        terms = {}
        if reward is not None:
            reward = rewards.get(reward)
            self.bind_reward(reward, kwargs.get("loss"))
            terms = self._check_reward(reward)
        super().compile(*args, parts={"reward": reward}, **kwargs)
        self.reward_weight = float(reward_weight)
        self.set_terms(terms)

    def _check_reward(self, reward):
        samples = tf.random.stateless_uniform((2, *self.sample_shape), [0, 0])
        degraded = self.conditions.example(2)
        images = self.completed(samples, degraded)
        value, terms = reward.terms(images, degraded, training=False)
        if not has_gradient(reward, images, degraded):
            raise ValueError(
                f"Reward '{reward.name}' carries no gradient to the samples, and "
                f"`{type(self).__name__}` needs one. Leave it out here, and "
                "tune the trained model by `RewardTuner`, which needs none."
            )
        if not bool(tf.reduce_all(tf.math.is_finite(value))):
            raise ValueError(
                f"Reward '{reward.name}' is not finite on images: "
                f"{value.numpy().tolist()}. Clip before a logarithm or a division."
            )
        return terms

    def track_restored(self, clean, restored, degraded, training):
        """Tracks the error and the reward of restored images.

        Args:
            clean: Float32 tensor `(batch, height, width, channels)`.
            restored: The result of `completed` for `degraded`.
            degraded: The degraded `clean`.
            training: Boolean, passed to the reward.

        Returns:
            A pair: minus the weighted mean reward, float32 scalar; and a dict of values
            that must be finite.
        """
        known = self.known_pixels(degraded)
        error = over_filled(tf.square(clean - restored), known)
        share = None if training else replicas.share(tf.shape(clean)[0])
        replicas.track(self.error_tracker, error, share)
        if self.reward is None:
            return 0.0, {}
        value, terms = self.reward.terms(restored, degraded, training=training)
        self.track_reward(value, terms)
        watched = {f"reward_{name}": term for name, term in terms.items()}
        return -self.reward_weight * tf.reduce_mean(value), watched

    @property
    def restoration_trackers(self):
        """The trackers of errors and rewards."""
        trackers = [self.error_tracker]
        if self.reward is not None:
            trackers += [self.reward_tracker, *self.term_trackers.values()]
        return trackers

    @property
    def trainable_variables(self):
        """The model's variables, without those of a reward's networks."""
        of_reward = set()
        if self.reward is not None:
            of_reward = {id(v) for v in self.reward.trainable_variables}
        return [v for v in super().trainable_variables if id(v) not in of_reward]

    def _unpack(self, data):
        clean, degraded, weights = unpacked(data)
        check_no_weights(weights)
        if degraded is not None:
            return super()._unpack((clean, degraded))
        corruption = self.evaluation_corruption if self._evaluating else self.corruption
        clean = self._guarded_samples(clean)
        return clean, corruption(clean, training=True)

    def export_endpoints(self):
        """Returns the only endpoint, `restore(degraded, seed)`."""
        seed = tf.TensorSpec((), tf.int32, name="seed")

        def restore(condition, seed):
            count = tf.shape(condition)[0]
            return self.sample(count, tf.stack([seed, 0]), condition)

        return {"restore": (restore, [self.conditions.spec, seed])}

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["reward"] = serialize(self.reward)
            config["reward_weight"] = self.reward_weight
        return config

    def get_config(self):
        return {**super().get_config(), "corruption": serialize(self.corruption)}


def over_filled(values, known):
    """Computes the mean over the filled-in pixels, or over all.

    Args:
        values: Float32 tensor `(batch, height, width, channels)`.
        known: Bool tensor `(batch, height, width)`, from `Restorer.known_pixels`; or
            `None`.

    Example:

    >>> values = tf.reshape([1.0, 2.0, 3.0], (1, 1, 3, 1))
    >>> known = tf.constant([[[True, False, False]]])
    >>> float(over_filled(values, known))
    2.5
    """
    if known is None:
        return tf.reduce_mean(values)
    filled = tf.cast(tf.logical_not(known), values.dtype)[..., tf.newaxis]
    filled = tf.broadcast_to(filled, tf.shape(values))
    return tf.math.divide_no_nan(tf.reduce_sum(filled * values), tf.reduce_sum(filled))
