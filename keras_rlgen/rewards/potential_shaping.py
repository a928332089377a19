import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.experience import Transition
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.arithmetic import Compound
from keras_rlgen.rewards.reward import as_reward


@keras.saving.register_keras_serializable("keras_rlgen")
class PotentialShaping(Compound):
    """Rewards progress, without a change of what is optimal.

    With the potential `Phi` of an observation, a transition is rewarded by

        gamma * Phi(next_observation) - Phi(observation)

    where `Phi` of what follows a termination is 0. A truncation is no end: its last
    observation has its potential. Over an episode the sum telescopes, so that every
    policy's return changes by `-Phi` of the first observation alone, and the order of
    policies remains. Add it to the environment's reward.

    This holds if the potential is fixed and `gamma` is that of the agent. A potential
    that learns (Devlin & Kudenko, 2012) or whose statistics are updated changes a
    little between observing and learning, and the guarantee with it.

    Args:
        potential: Function of observations `(batch, ...)` to `(batch,)`, or a `Reward`
            of samples, such as `Realism(model)`, the log-likelihood under a generative
            model, or `GoalImage`. If it learns, it does so from next observations.
        gamma: Float in (0, 1], the agent's discount factor of an environment step.
        name: String.

    Raises:
        TypeError: If it is called on anything but a `Transition`.
        ValueError: If `gamma` is out of its range.

    Example:

    >>> shaping = PotentialShaping(lambda observation: observation[:, 0], gamma=0.5)
    >>> transition = keras_rlgen.experience.Transition(
    ...     observation=tf.constant([[1.0], [1.0]]),
    ...     action=tf.constant([0, 0]),
    ...     reward=tf.zeros((2,)),
    ...     next_observation=tf.constant([[4.0], [4.0]]),
    ...     terminated=tf.constant([False, True]),
    ... )
    >>> shaping(transition).numpy()
    array([ 1., -1.], dtype=float32)

    Reference:
        [Ng et al., 1999](https://people.eecs.berkeley.edu/~pabbeel/cs287-fa09/readings/NgHaradaRussell-shaping-ICML1999.pdf),
        theorem 1; episodes of finite length: [Grzes,
        2017](https://dl.acm.org/doi/10.5555/3091125.3091208).
    """

    def __init__(self, potential, gamma, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not (is_number(gamma) and 0.0 < gamma <= 1.0):
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        self.potential = as_reward(potential)
        self.gamma = float(gamma)

    @property
    def parts(self):
        return [self.potential]

    def learn(self, transitions):
        self.potential.learn(self._checked(transitions).next_observation)

    def terms(self, samples, condition=None, training=None):
        self._checked(samples)
        # In one call, so that both are of the same statistics, if there are any.
        both = tf.nest.map_structure(
            lambda now, following: tf.concat([now, following], axis=0),
            samples.observation,
            samples.next_observation,
        )
        potentials, _ = self.potential.terms(both, training=training)
        now, following = tf.split(potentials, 2)
        following = tf.where(samples.terminated, 0.0, following)
        value = self.gamma * following - now
        return value, {self.name: value}

    def _checked(self, samples):
        if not isinstance(samples, Transition):
            raise TypeError(
                f"Reward '{self.name}' expected a `keras_rlgen.experience.Transition`. "
                f"Received: samples of type {type(samples).__name__}. Of samples alone "
                "there is no progress to reward; use the potential itself."
            )
        return samples

    def get_config(self):
        potential = keras.saving.serialize_keras_object(self.potential)
        return {**super().get_config(), "potential": potential, "gamma": self.gamma}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "potential"))
