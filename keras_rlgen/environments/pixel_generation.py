import math
from typing import NamedTuple

import tensorflow as tf

from keras_rlgen.arguments import check_flag, check_number, is_integer, is_number
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.generation_environment import GenerationEnvironment


class Canvas(NamedTuple):
    """The state of `B` partially generated samples."""

    values: tf.Tensor  # (B, num_elements) float32, `blank` where nothing is yet
    position: tf.Tensor  # (B,) int32, the element that comes next
    potential: tf.Tensor  # (B,) float32, the reward of the canvas; 0 unless dense


class PixelGeneration(GenerationEnvironment):
    """Generate a small image or a sequence, one element after another.

    The discrete action chooses the value of the next element, in raster order: row by
    row, from left to right, from channel to channel. After the last element the episode
    terminates with the reward of the sample.

    Dense rewards add `gamma * potential(next) - potential(now)` to every step, with the
    reward of the unfinished sample as the potential and 0 after the end. This reward
    shaping leaves the optimal policy unchanged if `gamma` is the agent's discount
    factor.

    Observation, float32: the canvas, concatenated on its last axis with a mask that is
    one at the next element and zero elsewhere. That is `(height, width, 2 * channels)`
    for images and `(2 * length,)` for sequences.

    Args:
        sample_shape: Tuple, the shape of one sample.
        values: List of floats, the possible values of an element.
        reward: Name, `Reward`, arithmetic of rewards, or plain function of samples
            `(batch, *sample_shape)`.
        dense: Whether to add the dense rewards above.
        gamma: Float in (0, 1], of the dense rewards.
        blank: Float, the value of an element before it is generated.

    Raises:
        ValueError: If there are fewer than two values or `gamma` is out of its range.

    Example:

    >>> def mean(samples):
    ...     return tf.reduce_mean(samples, axis=[1, 2, 3])
    >>> environment = PixelGeneration((2, 2, 1), [0.0, 1.0], reward=mean)
    >>> state = environment.reset(seed=(0, 1), num_environments=3)
    >>> for _ in range(4):
    ...     state, result = environment.step(state, tf.constant([0, 1, 1]), (0, 2))
    >>> result.reward.numpy(), result.observation.shape
    (array([0., 1., 1.], dtype=float32), TensorShape([3, 2, 2, 2]))

    Reference:
        [Ng et al., 1999](https://people.eecs.berkeley.edu/~pabbeel/cs287-fa09/readings/NgHaradaRussell-shaping-ICML1999.pdf),
        theorem 1, for the dense rewards.
    """

    def __init__(self, sample_shape, values, reward, dense=False, gamma=1.0, blank=0.0):
        numeric = all(is_number(x) and math.isfinite(x) for x in values)
        if not numeric or len(values) < 2:
            raise ValueError(
                f"Expected at least two `values`, finite numbers. Received: {values!r}"
            )
        if not (
            isinstance(sample_shape, (tuple, list))
            and sample_shape
            and all(is_integer(size) and size >= 1 for size in sample_shape)
        ):
            raise ValueError(
                "Expected `sample_shape` of positive integers, such as (8, 8, 1). "
                f"Received: {sample_shape!r}"
            )
        if not (is_number(gamma) and 0.0 < gamma <= 1.0):
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        sample_shape = tuple(sample_shape)
        self.values = [float(value) for value in values]
        self.dense = dense
        check_flag("dense", dense)
        self.costly_reset = bool(dense)  # The empty canvas is scored.
        self.gamma = float(gamma)
        check_number("blank", blank)
        self.blank = float(blank)
        super().__init__(
            reward,
            sample_shape,
            observation_shape=(*sample_shape[:-1], 2 * sample_shape[-1]),
            action=DiscreteAction(len(self.values)),
            max_episode_steps=math.prod(sample_shape),
        )

    def initial_state(self, seed, num_environments):
        values = tf.fill((num_environments, self.max_episode_steps), self.blank)
        return Canvas(
            values, tf.zeros((num_environments,), tf.int32), self._potential(values)
        )

    def transition(self, inner_state, action, seed):
        chosen = tf.gather(tf.constant(self.values), action)
        here = self._marker(inner_state.position) > 0.0
        values = tf.where(here, chosen[:, None], inner_state.values)
        position = inner_state.position + 1
        terminated = position >= self.max_episode_steps
        if not self.dense:
            reward = tf.cond(
                tf.reduce_any(terminated),
                lambda: tf.where(terminated, self.score(self._shaped(values)), 0.0),
                lambda: tf.zeros(values.shape[:1]),
            )
            return Canvas(values, position, inner_state.potential), reward, terminated
        score = self.score(self._shaped(values))
        potential = tf.where(terminated, 0.0, score)
        reward = tf.where(terminated, score, 0.0)
        reward += self.gamma * potential - inner_state.potential
        return Canvas(values, position, potential), reward, terminated

    def observation(self, inner_state):
        canvas = self._shaped(inner_state.values)
        marker = self._shaped(self._marker(inner_state.position))
        return tf.concat([canvas, marker], axis=-1)

    def samples(self, state):
        return self._shaped(state.inner_state.values)

    def _potential(self, values):
        if self.dense:
            return self.score(self._shaped(values))
        return tf.zeros(values.shape[:1])

    def _marker(self, position):
        return tf.one_hot(position, self.max_episode_steps)

    def _shaped(self, values):
        return tf.reshape(values, [values.shape[0], *self.sample_shape])
