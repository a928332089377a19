import math
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import ContinuousAction, DiscreteAction
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
    decoded sample.

    Args:
        decode: Callable of TensorFlow operations from latents, float32
            `(batch, latent_dim)`, to samples `(batch, ...)`: a `GAN`, another Keras
            model, or a method such as `vae.decode`. It is stochastic if it is a
            `StochasticGenerator` or a `GAN` of one, or has an argument `seed`, int32
            `(2,)`, as `lambda latents, seed: generator([latents, labels], seed=seed)`
            has. Such a decoder is called for one latent at a time.
        latent_dim: Positive integer.
        reward: Name, `Reward`, arithmetic of rewards, or plain function of samples.
        directions: Array `(k, latent_dim)`, or `None` for the axes.
        step_size: Float > 0, length of a step, in units of a direction's length.
        continuous: Whether actions are continuous.
        max_episode_steps: Integer >= 1.
        bound: Float > 0. Elements of the latent are kept within `[-bound, bound]`,
            where the generator was trained.
        observe_samples: Whether samples are observed beside latents.

    Raises:
        ValueError: If an argument is out of its range, `directions` have another shape,
            or `decode` does not accept latents.

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
    ):
        for key, value in {"step_size": step_size, "bound": bound}.items():
            if not value > 0.0:
                raise ValueError(f"Expected `{key}` above zero. Received: {value!r}")
        directions = np.eye(latent_dim) if directions is None else directions
        directions = np.asarray(directions, "float32")
        if directions.ndim != 2 or directions.shape[1] != latent_dim:
            raise ValueError(
                f"Expected `directions` of shape (k, latent_dim) = (k, {latent_dim}). "
                f"Received: {directions.shape}"
            )
        self.decode = decode
        self._decoder = LatentDecoder(decode)
        self.latent_dim = latent_dim
        self.directions = directions
        self.step_size = float(step_size)
        self.continuous = continuous
        self.bound = float(bound)
        self.observe_samples = observe_samples
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
        count = len(directions)
        super().__init__(
            reward,
            sample_shape,
            (latent_dim + observe_samples * math.prod(sample_shape),),
            ContinuousAction(np.full(count, -1.0), np.full(count, 1.0))
            if continuous
            else DiscreteAction(2 * count + 1),
            max_episode_steps,
        )

    def initial_state(self, seed, num_environments):
        shape = num_environments, self.latent_dim
        fractions = tf.cast(integers(shape, seed, _RESOLUTION), tf.float32) + 0.5
        seeds = ()
        if self._decoder.stochastic:
            key = tf.random.split(seed, 2)[1]
            seeds = integers((num_environments, 2), key, tf.int32.max)
        return self._edited(tf.math.ndtri(fractions / _RESOLUTION), seeds)

    def transition(self, inner_state, action, seed):
        if self.continuous:
            parts = tf.clip_by_value(action, -1.0, 1.0)
            terminated = tf.zeros_like(inner_state.reward, tf.bool)
        else:
            direction = tf.one_hot(action // 2, len(self.directions))
            sign = 1.0 - 2.0 * tf.cast(action % 2, tf.float32)
            parts = sign[:, None] * direction
            terminated = tf.equal(action, self.action.count - 1)
        step = self.step_size * tf.matmul(parts, self.directions)
        moved = self._edited(inner_state.latents + step, inner_state.seeds)
        reward = tf.where(terminated, 0.0, moved.reward - inner_state.reward)
        return moved, reward, terminated

    def observation(self, inner_state):
        if not self.observe_samples:
            return inner_state.latents
        samples = tf.reshape(inner_state.samples, [-1, math.prod(self.sample_shape)])
        return tf.concat([inner_state.latents, samples], axis=-1)

    def samples(self, state):
        return state.inner_state.samples

    def _edited(self, latents, seeds):
        latents = tf.clip_by_value(latents, -self.bound, self.bound)
        samples = self._decoder(latents, seeds)
        samples = tf.ensure_shape(samples, latents.shape[:1] + self.sample_shape)
        return Edited(latents, samples, self.score(samples), seeds)
