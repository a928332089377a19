import keras

from keras_rlgen.experience import Transition
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class Environment(Reward):
    """The reward returned by the environment.

    Use it as a term of the rewards of an agent:

    >>> reward = Environment() + 0.1 * Constant(1.0)
    >>> transition = keras_rlgen.experience.Transition(
    ...     observation=tf.zeros((2, 4)),
    ...     action=tf.constant([0, 1]),
    ...     reward=tf.constant([1.0, 0.0]),
    ...     next_observation=tf.ones((2, 4)),
    ...     terminated=tf.constant([False, True]),
    ... )
    >>> reward(transition).numpy()
    array([1.1, 0.1], dtype=float32)

    Raises:
        TypeError: If it is called on anything but a `Transition`.
    """

    def call(self, samples, condition=None, training=None):
        if not isinstance(samples, Transition):
            raise TypeError(
                f"Reward '{self.name}' is the reward of an environment, and expected a "
                "`keras_rlgen.experience.Transition`. Received: samples of type "
                f"{type(samples).__name__}. Compile an agent with it; a model of "
                "samples has no environment: leave it out."
            )
        return samples.reward
