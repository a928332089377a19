import keras

from keras_rlgen.experience import Transition
from keras_rlgen.rewards.arithmetic import Wrapper


@keras.saving.register_keras_serializable("keras_rlgen")
class State(Wrapper):
    """A reward of the next observation of a transition.

    It passes `transition.next_observation` to a reward of samples, such as images or
    vectors, so that the reward can train an agent. The reward's `learn` gets next
    observations too.

    Args:
        reward: A `Reward` or function of observations.

    Raises:
        TypeError: If it is called on anything but a `Transition`.

    Example:

    >>> reward = State(DistanceToTarget([1.0, 1.0]))
    >>> transition = keras_rlgen.experience.Transition(
    ...     observation=tf.zeros((1, 2)),
    ...     action=tf.constant([0]),
    ...     reward=tf.zeros((1,)),
    ...     next_observation=tf.constant([[1.0, 3.0]]),
    ...     terminated=tf.constant([False]),
    ... )
    >>> reward(transition).numpy()
    array([-2.], dtype=float32)
    """

    def terms(self, samples, condition=None, training=None):
        return self.reward.terms(self._state(samples), condition, training)

    def learn(self, transitions):
        self.reward.learn(self._state(transitions))

    def _state(self, samples):
        if not isinstance(samples, Transition):
            raise TypeError(
                f"Reward '{self.name}' expected a `keras_rlgen.experience.Transition`. "
                f"Received: samples of type {type(samples).__name__}. Use the wrapped "
                f"reward, '{self.reward.name}', without it."
            )
        return samples.next_observation
