import inspect

import keras

from keras_rlgen.experience import Transition
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward

STATE_NAMES = ("state", "observation", "next_observation")


@keras.saving.register_keras_serializable("keras_rlgen")
class FunctionReward(Reward):
    """A plain function of samples as a reward.

    The function's parameters decide what it receives:

    - Of a `Transition`, one whose first parameter is named `state`, `observation` or
      `next_observation` gets the next observation; under any other name it gets the
      transition. Other samples are passed unchanged.
    - One with a second positional parameter that has no default, or is named
      `condition`, gets the condition of the samples, or `None`.

    Args:
        function: Callable from samples `(batch, ...)` to rewards `(batch,)`, made of
            TensorFlow operations. To be saved with a model it must be registered by
            `@keras.saving.register_keras_serializable()`.
        name: String. Defaults to the function's name.

    Raises:
        TypeError: If `function` cannot be called.

    Example:

    >>> def upright(state):
    ...     return -tf.abs(state[:, 2])
    >>> transition = Transition(
    ...     observation=tf.zeros((1, 4)),
    ...     action=tf.constant([0]),
    ...     reward=tf.ones((1,)),
    ...     next_observation=tf.constant([[0.0, 0.0, 0.5, 0.0]]),
    ...     terminated=tf.constant([False]),
    ... )
    >>> FunctionReward(upright)(transition).numpy()
    array([-0.5], dtype=float32)
    """

    def __init__(self, function, name=None, **kwargs):
        if not callable(function):
            raise TypeError(f"Expected a callable. Received: {function!r}")
        name = name or getattr(function, "__name__", type(function).__name__)
        super().__init__(name=name.strip("<>"), **kwargs)
        self.function = function
        self._of_state, self._of_condition = _reads(function)

    def call(self, samples, condition=None, training=None):
        if self._of_state and isinstance(samples, Transition):
            samples = samples.next_observation
        if self._of_condition:
            return self.function(samples, condition)
        return self.function(samples)

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "function"))


def _reads(function):
    """Returns whether a function takes a state, and whether a condition."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        # Some functions written in C have no signature.
        return False, False
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    positional = [p for p in parameters if p.kind in kinds]
    of_state = bool(positional) and positional[0].name in STATE_NAMES
    if len(positional) < 2:
        return of_state, False
    second = positional[1]
    return of_state, second.default is second.empty or second.name == "condition"
