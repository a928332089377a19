import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import check_flag, check_integer, is_number
from keras_rlgen.environments.action import ContinuousAction, DiscreteAction
from keras_rlgen.environments.edit_targets import EditTargets
from keras_rlgen.environments.generation_environment import GenerationEnvironment
from keras_rlgen.environments.latent_decoder import LatentDecoder
from keras_rlgen.training.stateless_random import integers

_RESOLUTION = 2**23  # With a half added, every integer below it is exact in float32.


class Edited(NamedTuple):
    """The state of `B` edited latents."""

    latents: tf.Tensor  # (B, latent_dim) float32
    samples: tf.Tensor  # (B, *sample_shape) float32, what they decode to
    reward: tf.Tensor  # (B,) float32, the reward of the samples
    seeds: Any = ()  # (B, 2) int32, of decoding in this episode, if it is stochastic
    target: Any = ()  # (B,) int32 or (B, size) float32, of this episode, if there are


class LatentEditing(GenerationEnvironment):
    """Move a latent to increase the reward of the sample decoded from it.

    The initial latent is sampled from the standard normal distribution. Each action
    moves it along directions of the latent space; the reward is the change in the
    reward of the decoded sample, so that the undiscounted return is the total gain.

    Discrete actions, `2 * k + 1` for `k` directions: action `2 * i` is a step along
    direction `i`, `2 * i + 1` a step against it, and the last action stops: the
    episode terminates with a reward of 0. Continuous actions, float32 `(k,)` in
    [-1, 1], clipped, are the fractions of a step along each direction; no episode
    terminates. All episodes are truncated after `max_episode_steps`.

    A stochastic decoder uses one seed for an episode: within it the same latent is
    decoded to the same sample, so that rewards reflect the edits alone.

    Observation, float32: the latent, followed with `observe_samples` by the flattened
    decoded sample or its features, and with `targets` by the target.

    Args:
        decode: Callable of TensorFlow operations from latents, float32
            `(batch, latent_dim)`, to samples `(batch, ...)`: a `GAN`, another Keras
            model, or a method such as `vae.decode`. It is stochastic if it is a
            `StochasticGenerator` or a `GAN` of one, or has an argument `seed`, int32
            `(2,)`, as `lambda latents, seed: generator([latents, labels], seed=seed)`
            has. Such a decoder is called for one latent at a time.
        latent_dim: Positive integer.
        reward: Name, `Reward`, arithmetic of rewards, or plain function of samples.
            Its condition is the target.
        directions: Array or `tf.Variable` `(k, latent_dim)`, or `None` for the axes.
        step_size: Float > 0, length of a step, in units of a direction's length.
        continuous: Whether actions are continuous.
        max_episode_steps: Integer >= 1.
        bound: Float > 0. Elements of the latent are kept within `[-bound, bound]`,
            where the generator was trained.
        observe_samples: Whether samples are observed beside latents; or a function of
            samples that returns their features, float32 `(batch, size)`, to observe.
        targets: What to edit samples into, if one policy learns many edits. Integer `n`
            for classes, `targets=10` for the ten digits; or array `(n, size)` of
            vectors, such as a class (one-hot) beside the weight of a second wish. Each
            episode has one of them, sampled uniformly. By default there are none.
        prior_weight: Float >= 0, the weight of the latent's log-density under the
            standard normal distribution (nats) beside the reward of its sample, which
            keeps latents where the generator was trained.

    Raises:
        ValueError: If an argument is out of its range, `directions` have another shape
            or there are none, or `decode` does not accept latents.

    Example:

    >>> def brightness(samples):
    ...     return tf.reduce_mean(samples, axis=-1)
    >>> environment = LatentEditing(tf.tanh, latent_dim=2, reward=brightness)
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> state, result = environment.step(state, tf.constant([0, 1, 4]), (0, 2))
    >>> (result.reward > 0.0).numpy(), result.terminated.numpy()
    (array([ True, False, False]), array([False, False,  True]))
    """

    costly_reset = True  # It decodes.

    def __init__(
        self,
        decode,
        latent_dim,
        reward,
        directions=None,
        step_size=0.5,
        continuous=False,
        max_episode_steps=10,
        bound=3.0,
        observe_samples=False,
        targets=None,
        prior_weight=0.0,
    ):
        for key, value in {"step_size": step_size, "bound": bound}.items():
            if not (is_number(value) and value > 0.0):
                raise ValueError(f"Expected `{key}` above zero. Received: {value!r}")
        if not (is_number(prior_weight) and prior_weight >= 0.0):
            raise ValueError(
                f"Expected `prior_weight` >= 0. Received: {prior_weight!r}"
            )
        check_integer("latent_dim", latent_dim)
        if not callable(observe_samples):
            check_flag("observe_samples", observe_samples)
        directions = np.eye(latent_dim) if directions is None else directions
        if not isinstance(directions, tf.Variable):
            directions = np.asarray(directions, "float32")
        shape = tuple(directions.shape)
        if len(shape) != 2 or shape[0] == 0 or shape[1] != latent_dim:
            raise ValueError(
                f"Expected `directions` of shape (k, latent_dim) = (k, {latent_dim}), "
                f"k >= 1. Received: {shape}"
            )
        if not isinstance(directions, tf.Variable):  # One may be set later.
            check_directions(directions)
        self.decode = decode
        self._decoder = LatentDecoder(decode)
        self.latent_dim = latent_dim
        self.directions = directions
        self.step_size = float(step_size)
        self.continuous = continuous
        self.bound = float(bound)
        self.observe_samples = observe_samples
        self.targets = None if targets is None else EditTargets(targets)
        self.prior_weight = float(prior_weight)
        try:
            samples = self._decoder(
                tf.zeros((1, latent_dim)), tf.zeros((1, 2), tf.int32)
            )
            sample_shape = tuple(samples.shape[1:])
        except Exception as error:
            raise ValueError(
                "`decode` does not accept latents of shape (batch, latent_dim) = "
                f"(batch, {latent_dim}). Give a function of latents alone, such as "
                "`vae.decode`. A `PixelCNN` has no latents: `PixelGeneration` is the "
                f"environment for its samples. Received the error: {error}"
            ) from error
        count = shape[0]
        features = self._features(tf.zeros((1, *sample_shape)))
        self._num_features = 0 if features is None else features.shape[1]
        size = latent_dim + self._num_features
        super().__init__(
            reward,
            sample_shape,
            (size + (self.targets.size if self.targets else 0),),
            ContinuousAction(np.full(count, -1.0), np.full(count, 1.0))
            if continuous
            else DiscreteAction(2 * count + 1),
            max_episode_steps,
            example=None if targets is None else self.targets.sample(1, (0, 0)),
        )

    def initial_state(self, seed, num_environments):
        shape = num_environments, self.latent_dim
        fractions = tf.cast(integers(shape, seed, _RESOLUTION), tf.float32) + 0.5
        seeds = target = ()
        _, decoding_seed, target_seed = tf.unstack(tf.random.split(seed, 3))
        if self._decoder.stochastic:
            seeds = integers((num_environments, 2), decoding_seed, tf.int32.max)
        if self.targets:
            target = self.targets.sample(num_environments, target_seed)
        return self.edited(tf.math.ndtri(fractions / _RESOLUTION), seeds, target)

    def transition(self, inner_state, action, seed):
        latents, stopped = self.moved(inner_state.latents, action)
        state = self.edited(latents, inner_state.seeds, inner_state.target)
        reward = tf.where(stopped, 0.0, state.reward - inner_state.reward)
        return state, reward, stopped

    def moved(self, latents, action):
        """Returns the latents after an action, and whether it was to stop.

        Args:
            latents: Float32 tensor `(B, latent_dim)`.
            action: Actions, as of `transition`.

        Returns:
            A pair: float32 `(B, latent_dim)`, and bool `(B,)`.
        """
        if self.continuous:
            parts = tf.clip_by_value(action, -1.0, 1.0)
            stopped = tf.zeros_like(latents[:, 0], tf.bool)
        else:
            direction = tf.one_hot(action // 2, self.directions.shape[0])
            sign = 1.0 - 2.0 * tf.cast(action % 2, tf.float32)
            parts = sign[:, None] * direction
            stopped = tf.equal(action, self.action.count - 1)
        latents += self.step_size * tf.matmul(parts, self.directions)
        return tf.clip_by_value(latents, -self.bound, self.bound), stopped

    def edited(self, latents, seeds=(), target=()):
        """Returns the state of given latents.

        Args:
            latents: Float32 tensor `(B, latent_dim)`, clipped to the bound.
            seeds: Int32 tensor `(B, 2)` if the decoder is stochastic.
            target: Int32 `(B,)` or float32 `(B, size)`, if there are targets.

        Returns:
            `Edited`.
        """
        latents = tf.clip_by_value(latents, -self.bound, self.bound)
        samples = self.decoded(latents, seeds)
        value = self.score(samples, target if self.targets else None)
        if self.prior_weight:
            value -= self.prior_weight * tf.reduce_sum(latents**2, axis=-1) / 2.0
        return Edited(latents, samples, value, seeds, target)

    def decoded(self, latents, seeds=()):
        """Returns the samples of latents, float32 `(B, *sample_shape)`.

        Args:
            latents: As in `edited`.
            seeds: As in `edited`.
        """
        samples = self._decoder(latents, seeds)
        return tf.ensure_shape(samples, latents.shape[:1] + self.sample_shape)

    def edited_from(self, observation):
        """Returns the state of observations, decoded and scored as of now.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`, of any time.

        Returns:
            `Edited`.

        Raises:
            ValueError: If the decoder is stochastic: observations hold no seeds.
        """
        if self._decoder.stochastic:
            raise ValueError(
                "Expected a deterministic decoder. Received a stochastic one, whose "
                "seeds are not observed."
            )
        target = ()
        if self.targets:
            target = self.targets.from_observed(observation[:, -self.targets.size :])
        return self.edited(observation[:, : self.latent_dim], target=target)

    def observation(self, inner_state):
        return self.observed(
            inner_state.latents, inner_state.samples, inner_state.target
        )

    def observed(self, latents, samples, target=()):
        """Returns the observation of latents and the samples decoded from them.

        Args:
            latents: Float32 tensor `(B, latent_dim)`.
            samples: Float32 tensor `(B, *sample_shape)`.
            target: As in `edited`.

        Returns:
            Float32 tensor `(B, *observation_shape)`.
        """
        parts = [latents, self._features(samples)]
        if self.targets:
            parts.append(self.targets.observed(target))
        parts = [part for part in parts if part is not None]
        return tf.concat(parts, axis=-1) if len(parts) > 1 else latents

    def samples(self, state):
        return state.inner_state.samples

    def _features(self, samples):
        """Returns what is observed of samples, `(B, size)`, or `None` for nothing."""
        if not self.observe_samples:
            return None
        if not callable(self.observe_samples):
            return tf.reshape(samples, [-1, math.prod(samples.shape[1:])])
        features = tf.cast(self.observe_samples(samples), tf.float32)
        if features.shape.rank != 2 or features.shape[1] is None:
            raise ValueError(
                "Expected `observe_samples` to return features of shape (batch, size). "
                f"Received: {tuple(features.shape)}"
            )
        return features


def check_directions(directions):
    """Raises an error unless all directions are finite and longer than zero.

    Args:
        directions: Float array `(num_directions, latent_dim)`.

    Raises:
        ValueError: If one is not.
    """
    if not np.isfinite(directions).all() or not np.any(directions, axis=1).all():
        raise ValueError(
            "Expected `directions` that are finite and not zero: an edit along one "
            f"of length 0 changes nothing. Received: {directions.tolist()}"
        )
