import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_no_class, is_integer, is_number
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import integers, uniform


class LabelledImages(NamedTuple):
    """The state of `B` episodes of classification."""

    images: tf.Tensor  # (B, *image_shape) float32, to be classified now
    labels: tf.Tensor  # (B,) int32, their classes, which are not observed
    position: tf.Tensor  # (B,) int32, images of the episode before this one


class Classification(TensorEnvironment):
    """Classify images, real or generated ones: a class is an action.

    The observation is an image, the discrete action its class; the reward is 1 if the
    action is right and `wrong_reward` if not. Another image follows, whatever the
    action. After `episode_length` images the episode terminates. So the action does not
    influence later rewards: choose a `gamma` near 0 and `n_step=1`, and the value of an
    action is, with the default rewards, the probability that it is the right class.

    Images are real ones, sampled uniformly from `images`; or generated ones of uniform
    classes, by a conditional model whose condition is the label; or both. A generator
    that is trained further needs no retracing: its weights are captured by reference.

    An agent of `keras_rlgen.agents` is saved without such an environment: pass it to
    `DQN.load(path, environment=...)`.

    Args:
        images: Array of real images `(num_images, ...)`, or `None` for generated ones
            alone.
        labels: Integers `(num_images,)`, their classes.
        generator: A generative model with `ClassLabels` as its condition, such as
            `ConditionalGAN`, or another object with a method `sample(count, key,
            condition)` of TensorFlow operations that returns images `(count, ...)`,
            given an int32 key `(2,)` and int32 labels `(count,)`; or `None`.
        num_classes: Integer >= 2. Defaults to the largest label plus one; required
            without `images`.
        generated_fraction: Float in [0, 1], the probability that an image is generated.
            Defaults to 0.5, and to 1 without `images`.
        episode_length: Integer >= 1, images in an episode.
        wrong_reward: Float below 1, the reward of a wrong class, such as -1.
        flatten: Whether an image is observed as a vector.

    Attributes:
        image_shape: Tuple, the shape of one image.
        costly_reset: Whether images are generated.

    Raises:
        ValueError: If there is neither `images` nor `generator`, they do not fit each
            other, labels are no classes, or an argument is out of its range.

    Example:

    >>> images = np.array([[[-1.0]], [[1.0]]])
    >>> environment = Classification(images, labels=[0, 1], flatten=True)
    >>> state = environment.reset(seed=(0, 1), num_environments=4)
    >>> guess = tf.cast(environment.observe(state)[:, 0] > 0.0, tf.int32)
    >>> state, result = environment.step(state, guess, seed=(0, 2))
    >>> result.reward.numpy()
    array([1., 1., 1., 1.], dtype=float32)
    """

    def __init__(
        self,
        images=None,
        labels=None,
        generator=None,
        num_classes=None,
        generated_fraction=None,
        episode_length=16,
        wrong_reward=0.0,
        flatten=False,
    ):
        if images is None and generator is None:
            raise ValueError(
                "Expected real `images`, a `generator` of images, or both. Received "
                "neither."
            )
        self.images = self.labels = None
        if images is not None:
            images, labels = _checked_images(images, labels, num_classes)
            num_classes = num_classes or int(labels.max()) + 1
            # Their number may change: see `assign_images`.
            shape = None, *images.shape[1:]
            self.images = tf.Variable(images, trainable=False, shape=shape)
            self.labels = tf.Variable(labels, trainable=False, shape=shape[:1])
        if not is_integer(num_classes) or num_classes < 2:
            raise ValueError(
                "Expected `num_classes` >= 2; it is required without `images`. "
                f"Received: num_classes={num_classes}"
            )
        if not (is_number(wrong_reward) and wrong_reward < 1.0):
            raise ValueError(
                f"Expected `wrong_reward` below 1. Received: {wrong_reward}"
            )
        check_no_class("generator", generator)
        self.generator = generator
        self.generated_fraction = _checked_fraction(
            generated_fraction, images, generator
        )
        self.num_classes = int(num_classes)
        self.wrong_reward = float(wrong_reward)
        self.flatten = flatten
        self.image_shape = self._checked_shape()
        self.costly_reset = self.generated_fraction > 0.0
        super().__init__(
            (math.prod(self.image_shape),) if flatten else self.image_shape,
            DiscreteAction(self.num_classes),
            episode_length,
        )

    def assign_images(self, images, labels):
        """Replaces the real images by others, without a new environment.

        Args:
            images: Array `(num_images, ...)`, of the same shape; of any number.
            labels: Integers `(num_images,)`, their classes.

        Raises:
            ValueError: If they do not fit, or there were no real images.
        """
        images, labels = _checked_images(images, labels, self.num_classes)
        if self.images is None or images.shape[1:] != self.image_shape:
            raise ValueError(
                f"Expected images of shape {self.image_shape} for an environment that "
                f"has real ones. Received: {images.shape[1:]}, for an environment "
                f"with{'out' if self.images is None else ''} real images."
            )
        self.images.assign(images)
        self.labels.assign(labels)

    def initial_state(self, seed, num_environments):
        images, labels = self._sample(seed, num_environments)
        return LabelledImages(images, labels, tf.zeros((num_environments,), tf.int32))

    def transition(self, inner_state, action, seed):
        reward = tf.where(action == inner_state.labels, 1.0, self.wrong_reward)
        images, labels = self._sample(seed, inner_state.labels.shape[0])
        position = inner_state.position + 1
        terminated = position >= self.max_episode_steps
        return LabelledImages(images, labels, position), reward, terminated

    def observation(self, inner_state):
        if not self.flatten:
            return inner_state.images
        return tf.reshape(inner_state.images, [-1, math.prod(self.image_shape)])

    def _sample(self, seed, count):
        """Returns `count` images and their labels."""
        keys = tf.unstack(tf.random.split(seed, 3))
        if self.generated_fraction == 0.0:
            return self._real(keys[0], count)
        generated = self._generated(keys[1], count)
        if self.generated_fraction == 1.0:
            return generated
        chosen = uniform((count,), keys[2], 0.0, 1.0) < self.generated_fraction
        real_images, real_labels = self._real(keys[0], count)
        shape = [count, *(1 for _ in self.image_shape)]
        images = tf.where(tf.reshape(chosen, shape), generated[0], real_images)
        return images, tf.where(chosen, generated[1], real_labels)

    def _real(self, key, count):
        rows = integers((count,), key, tf.shape(self.labels)[0])
        images, labels = tf.gather(self.images, rows), tf.gather(self.labels, rows)
        return tf.ensure_shape(images, [count, *self.image_shape]), labels

    def _generated(self, key, count):
        label_key, image_key = tf.unstack(tf.random.split(key, 2))
        labels = integers((count,), label_key, self.num_classes)
        images = self.generator.sample(count, image_key, labels)
        images = tf.stop_gradient(tf.cast(images, tf.float32))
        return tf.ensure_shape(images, [count, *self.image_shape]), labels

    def _checked_shape(self):
        """Returns the shape of an image, and validates that of generated ones."""
        if self.generated_fraction == 0.0:
            return tuple(self.images.shape[1:])
        key, labels = tf.constant([0, 0]), tf.zeros((1,), tf.int32)
        shape = tuple(self.generator.sample(1, key, labels).shape[1:])
        if self.images is not None and shape != tuple(self.images.shape[1:]):
            raise ValueError(
                "Expected generated images of the shape of real ones, "
                f"{tuple(self.images.shape[1:])}. Received: {shape}. Reshape `images`."
            )
        return shape


def _checked_images(images, labels, num_classes):
    """Returns images as float32 and labels as int32 arrays."""
    images = np.asarray(images, "float32")
    labels = np.asarray(labels)
    if images.ndim < 2 or len(images) == 0 or labels.shape != images.shape[:1]:
        raise ValueError(
            "Expected `images` (num_images, ...), at least one, and a label for each. "
            f"Received: images {images.shape}, labels {labels.shape}"
        )
    if not np.isfinite(images).all():
        raise ValueError("Expected finite `images`. Received: NaN or infinite values.")
    integral = labels.dtype.kind in "iu"
    if not integral or labels.min() < 0 or labels.max() >= (num_classes or np.inf):
        limit = "num_classes" if num_classes is None else num_classes
        raise ValueError(
            f"Expected integer `labels` in [0, {limit}). Received: dtype "
            f"{labels.dtype}, {labels.min()} to {labels.max()}"
        )
    return images, labels.astype("int32")


def _checked_fraction(fraction, images, generator):
    """Returns the probability of a generated image."""
    if fraction is None:
        fraction = 0.0 if generator is None else 0.5 if images is not None else 1.0
    if not (is_number(fraction) and 0.0 <= fraction <= 1.0):
        raise ValueError(
            f"Expected `generated_fraction` in [0, 1]. Received: {fraction}"
        )
    if (fraction > 0.0 and generator is None) or (fraction < 1.0 and images is None):
        missing = "generator" if generator is None else "images"
        raise ValueError(
            f"Expected `{missing}` for `generated_fraction={fraction}`. Received none."
        )
    return float(fraction)
