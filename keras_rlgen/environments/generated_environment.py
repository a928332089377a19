import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.environments.action import ContinuousAction
from keras_rlgen.environments.action_of_spec import action_of_spec
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.experience import ArraySpec, Experience
from keras_rlgen.experience.column_statistics import column_statistics
from keras_rlgen.models.experience.transition_model import TransitionModel
from keras_rlgen.training.stateless_random import integers


class GeneratedState(NamedTuple):
    """The inner state of `B` generated episodes."""

    observation: tf.Tensor  # (B, size) float32
    member: tf.Tensor  # (B,) int32, which member of an ensemble generates the episode
    excess: tf.Tensor  # (B,) float32, how far it left the range seen, at most so far


class GeneratedEnvironment(TensorEnvironment):
    """An environment whose transitions a generative model generates.

    Agents of any kind are trained in it, on-policy ones too:
    `agent.fit(environment=...)`. Steps in it are counted as `imagined_steps`.

    An episode begins in an observation of recorded experience, sampled uniformly. It is
    truncated after `max_episode_steps`, since errors of a model add up. An ensemble
    samples a member for each episode, which generates all of it. Reward and end are
    those that the model generates. Observations are clipped to the range seen in the
    recorded experience; how far one would have left it is measured in standard
    deviations.

    An agent of `keras_rlgen.agents` is saved without such an environment. Save the
    model and the experience (`generator.save`, `experience.save`), and make it again.

    Args:
        generator: `ExperienceGenerator` or `ExperienceEnsemble`, trained, and given
            observation and action. The observation is one vector of floats; the action
            is discrete or continuous.
        starts: `Experience` in whose observations episodes begin.
        max_episode_steps: Integer >= 1, the horizon.
        max_starts: Integer >= 1, the observations that are kept to begin in. Of more,
            the last ones are.

    Attributes:
        generator: The generator. After it was trained further, call `assign_starts`.
        num_starts: Int32 variable, the observations to begin in.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If the generator was not trained or is a joint model, if it is of
            observations or actions of another kind, or if the experience does not fit.

    Example:

    ```python
    experience = agent.record(steps=500, exploring=True)
    generator.fit(experience, epochs=50)
    imagined = GeneratedEnvironment(generator, starts=experience, max_episode_steps=64)
    agent.fit(environment=imagined, epochs=5)
    agent.evaluate(episodes=20)  # in its own environment
    ```

    Reference:
        [Janner et al., 2019](https://arxiv.org/abs/1906.08253), section 4.2: rollouts
        that branch from recorded states. Clipping is our addition.
    """

    def __init__(self, generator, starts, max_episode_steps=64, max_starts=10_000):
        if not isinstance(generator, TransitionModel):
            raise TypeError(
                "Expected `generator` to be an `ExperienceGenerator` or an "
                f"`ExperienceEnsemble`. Received: {generator!r} of type "
                f"{type(generator).__name__}"
            )
        if not generator.given:
            raise ValueError(
                "Expected a generator given observation and action. Received: a joint "
                "model (given=()), which cannot be stepped. Make it with the default "
                "`given`."
            )
        spec, action = generator.specs
        if not (
            isinstance(spec, ArraySpec)
            and spec.dtype == tf.float32
            and len(spec.shape) == 1
        ):
            raise ValueError(
                "Expected a generator of observations that are one vector of float32. "
                f"Received: {spec}. Flatten the observations, or encode them as "
                "vectors, before recording."
            )
        if not is_integer(max_starts) or max_starts < 1:
            raise ValueError(f"Expected `max_starts` >= 1. Received: {max_starts!r}")
        super().__init__(spec.shape, action_of_spec(action), max_episode_steps)
        self.generator = generator
        size = spec.shape[0]
        self._starts = tf.Variable(tf.zeros((max_starts, size)), trainable=False)
        self.num_starts = tf.Variable(0, trainable=False)
        self._low, self._high, self._scale = (
            tf.Variable(tf.zeros((size,)), trainable=False) for _ in range(3)
        )
        self.assign_starts(starts)

    def assign_starts(self, experience):
        """Replaces the observations in which episodes begin, and the range seen.

        The next episodes begin in them, without retracing; `agent.restart(environment)`
        drops those in progress.

        Args:
            experience: `Experience`.

        Raises:
            ValueError: If it does not fit the specs, or the generator was not trained.
        """
        if not self.generator.is_fitted.numpy():
            raise ValueError(
                "Expected a generator that was trained. Call "
                "`generator.fit(experience)` first."
            )
        if not isinstance(experience, Experience):
            raise TypeError(
                "Expected `starts` to be an `Experience`, such as "
                f"`agent.record(steps=500)`. Received: {type(experience).__name__}"
            )
        experience.check(*self.generator.specs)
        capacity = self._starts.shape[0]
        rows = experience.transitions().observation[-capacity:].astype("float32")
        count = len(rows)
        self._starts.assign(
            np.concatenate([rows, np.zeros((capacity, rows.shape[1]))])[:capacity]
        )
        self.num_starts.assign(count)
        seen = experience.observations.astype("float32")
        _, scale = column_statistics(seen, None)
        self._low.assign(seen.min(axis=0))
        self._high.assign(seen.max(axis=0))
        self._scale.assign(scale)

    def distance(self, observation):
        """Computes how far observations are out of the range seen.

        Args:
            observation: Float32 tensor `(B, size)`.

        Returns:
            Float32 tensor `(B,)`, the largest distance of a number from the interval
            between its smallest and its largest recorded value, in standard deviations
            of the recorded values; 0 within.
        """
        outside = tf.maximum(self._low - observation, observation - self._high)
        return tf.reduce_max(tf.maximum(outside, 0.0) / self._scale, axis=1)

    def initial_state(self, seed, num_environments):
        seeds = tf.unstack(tf.random.split(seed, 2))
        shape = (num_environments,)
        chosen = integers(shape, seeds[0], tf.convert_to_tensor(self.num_starts))
        return GeneratedState(
            observation=tf.gather(self._starts, chosen),
            member=integers(shape, seeds[1], self._num_members),
            excess=tf.zeros(shape),
        )

    def transition(self, inner_state, action, seed):
        action = self._bounded(action)
        chosen = {"member": inner_state.member} if self._num_members > 1 else {}
        step = self.generator.sample(inner_state.observation, action, seed, **chosen)
        excess = tf.maximum(inner_state.excess, self.distance(step.next_observation))
        observation = tf.clip_by_value(step.next_observation, self._low, self._high)
        state = inner_state._replace(observation=observation, excess=excess)
        return state, step.reward, step.terminated

    def observation(self, inner_state):
        return inner_state.observation

    def inner_state_of(self, observation):
        """Returns the state of episodes that begin in observations.

        Members of an ensemble take turns.

        Args:
            observation: Float32 tensor `(B, size)`.

        Warns:
            UserWarning: If one is out of the range seen, with the distance. Not while a
                graph is traced.
        """
        observation = tf.convert_to_tensor(observation, tf.float32)
        excess = self.distance(observation)
        if tf.executing_eagerly() and np.any(excess > 0.0):
            warnings.warn(
                f"{np.count_nonzero(excess)} of {len(excess)} observations are out of "
                "the range in which the model was trained, by up to "
                f"{np.max(excess):.3g} standard deviations. What it generates from "
                "them is a guess.",
                stacklevel=2,
            )
        count = tf.shape(observation)[0]
        return GeneratedState(observation, tf.range(count) % self._num_members, excess)

    def get_config(self):
        raise NotImplementedError(
            "A `GeneratedEnvironment` has no configuration: it holds the weights of a "
            "model and recorded observations. Save both, and make it again."
        )

    @property
    def _num_members(self):
        return getattr(self.generator, "size", 1)

    def _bounded(self, action):
        """Returns the action as the model was given it in training."""
        spec = self.generator.specs[1]
        if isinstance(self.action, ContinuousAction):
            return tf.clip_by_value(action, self.action.low, self.action.high)
        return tf.cast(action, spec.dtype)
