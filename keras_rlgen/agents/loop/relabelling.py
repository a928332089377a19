"""Replaces the environment's rewards by those of a `Reward`."""

import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.experience import Transition
from keras_rlgen.training.keras_internals import all_layers

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class Relabeller:
    """Relabels the steps that an agent is about to learn from with a reward.

    A reward is updated (`Reward.learn`) and then evaluated once a round, on the steps
    of all environments or batches together. The last observations of episodes, which
    are frames but not steps, are left out.

    Args:
        reward: `Reward` of transitions.
        specs: `EnvironmentSpecs`.
        health: `HealthMonitor` that records rewards that are not finite.

    Raises:
        ValueError: If the reward does not give a value for each transition.
    """

    def __init__(self, reward, specs, health):
        self.reward = reward
        self._health = health
        # Builds the weights of the reward, if any, outside of graphs.
        _, terms = reward.terms(_example(specs), training=False)
        self._tracker = keras.metrics.Mean(name="reward")
        self._term_trackers = {
            name: keras.metrics.Mean(name=f"reward_{name}") for name in terms
        }

    @property
    def trackers(self):
        """List of Keras metrics: of the reward, of its terms, and its own."""
        own = [self._tracker, *self._term_trackers.values()]
        return [*own, *self.reward.metrics]

    def __call__(self, frames, next_observation):
        """Returns frames with this reward in place of the environment's.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`.
            next_observation: Nest of tensors `(N, ...)`, those after the last frames.
        """
        transitions = frame_transitions(frames, next_observation)
        is_step = frames.step_type != StepType.LAST
        steps = tf.nest.map_structure(
            lambda x: tf.boolean_mask(x, is_step), transitions
        )
        with self._health.keeping(_state(self.reward)):
            for error, passed in self.reward.checks(steps):
                self._health.check(error, passed)
            self.reward.learn(steps)
            value, terms = self.reward.terms(steps, training=True)
            for name, term in {**terms, self._tracker.name: value}.items():
                finite = tf.reduce_all(tf.math.is_finite(term))
                self._health.check(_not_finite(name), finite)
        self._tracker.update_state(value)
        for name, term in terms.items():
            self._term_trackers[name].update_state(term)
        shape = tf.shape(is_step, out_type=tf.int64)
        reward = tf.scatter_nd(tf.where(is_step), value, shape)
        return frames.replace(reward=tf.ensure_shape(reward, is_step.shape))


def frame_transitions(frames, next_observation):
    """Returns frames as transitions.

    The transition of an episode's last observation is to be ignored.

    Args:
        frames: `Trajectory` of tensors `(N, T, ...)`.
        next_observation: Nest of tensors `(N, ...)`, those after the last frames.

    Returns:
        `Transition` of tensors `(N, T, ...)`.
    """
    following = tf.nest.map_structure(
        lambda x, last: tf.concat([x[:, 1:], last[:, tf.newaxis]], axis=1),
        frames.observation,
        next_observation,
    )
    return Transition(
        observation=frames.observation,
        action=frames.action,
        reward=frames.reward,
        next_observation=following,
        terminated=tf.equal(frames.discount, 0.0),
    )


def _state(reward):
    """Returns the variables that a reward changes when it learns."""
    layers = all_layers(reward)
    optimizers = [x.optimizer for x in layers if hasattr(x, "optimizer")]
    return [*reward.variables, *(v for o in optimizers for v in o.variables)]


def _example(specs, count=2):
    observation, action = tf.nest.map_structure(
        lambda spec: tf.zeros((count, *spec.shape), spec.dtype),
        (specs.observation, specs.action),
    )
    return Transition(
        observation=observation,
        action=action,
        reward=tf.zeros((count,)),
        next_observation=observation,
        terminated=tf.zeros((count,), tf.bool),
    )


def _not_finite(name):
    return FloatingPointError(
        f"Training stopped: the reward '{name}' is not finite (NaN or infinite). The "
        "weights are those before it. Make it finite on every transition (clip before "
        "a logarithm or a division)."
    )
