import functools
import inspect
import time

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.experience import Transition
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward
from keras_rlgen.rewards.traceable import is_traceable

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

    A function of TensorFlow operations becomes part of the training step, and its
    gradient can be followed. One in plain Python or NumPy is called outside of it, once
    for each batch, and has no gradient; `<name>_seconds` in the logs is the mean time
    of a call, during which nothing else runs.

    Args:
        function: Callable from samples `(batch, ...)` to rewards `(batch,)`. To be
            saved with a model it must be registered by
            `@keras.saving.register_keras_serializable()`.
        name: String. Defaults to the function's name.
        numpy: Whether the function gets NumPy arrays, and is called outside of the
            training step. By default that is found out at the first call, which is in
            `compile`: where the function cannot be traced, or does not depend on its
            tensors when it is.

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
    >>> def different_words(tokens):
    ...     return [len(set(row)) for row in tokens]
    >>> FunctionReward(different_words, numpy=True)(np.array([[3, 3, 1]])).numpy()
    array([2.], dtype=float32)
    """

    def __init__(self, function, name=None, numpy=None, **kwargs):
        if not callable(function):
            raise TypeError(f"Expected a callable. Received: {function!r}")
        if isinstance(function, type):
            raise TypeError(
                "Expected a reward or a function of samples. Received: the class "
                f"`{function.__name__}`. Call it: `{function.__name__}(...)`."
            )
        name = name or getattr(function, "__name__", type(function).__name__)
        super().__init__(name=name.strip("<>"), **kwargs)
        self.function = function
        self._of_state, self._of_condition = _reads(function)
        self._timer = _Timer(keras.metrics.Mean(name=f"{self.name}_seconds"))
        self._set_numpy(numpy)

    def _set_numpy(self, numpy):
        self.numpy = numpy
        if numpy:
            self.supports_jit = False

    @property
    def metrics(self):
        """The mean time of a call, for a function in plain Python."""
        return [*super().metrics, *([self._timer.mean] if self.numpy else [])]

    def call(self, samples, condition=None, training=None):
        if self._of_state and isinstance(samples, Transition):
            samples = samples.next_observation
        function, arguments = self.function, [samples]
        if self._of_condition and condition is None:
            function = functools.partial(_without_condition, self.function)
        elif self._of_condition:
            arguments.append(condition)
        if self.numpy is None:
            self._set_numpy(not is_traceable(function, *arguments))
        if self.numpy:
            return self._in_python(function, arguments)
        return function(*arguments)

    def _in_python(self, function, arguments):
        """Calls a function on arrays, outside of the graph."""
        flat = [tf.convert_to_tensor(x) for x in tf.nest.flatten(arguments)]
        is_eager = all(hasattr(x, "numpy") for x in flat)
        # Eagerly, `terms` checks the shape.
        call = functools.partial(self._timed, function, arguments, not is_eager)
        if is_eager:
            value, seconds = call(*(x.numpy() for x in flat))
        else:
            kinds = tf.float32, tf.float32
            value, seconds = tf.numpy_function(call, flat, kinds)
            value.set_shape(flat[0].shape[:1])
            seconds.set_shape(())
        self._timer.mean.update_state(seconds)
        return tf.convert_to_tensor(value)

    def _timed(self, function, structure, checks_shape, *arrays):
        """Returns rewards, a float32 array, and the seconds that they took."""
        start = time.perf_counter()
        value = function(*tf.nest.pack_sequence_as(structure, arrays))
        value = np.asarray(value)
        has_shape = not checks_shape or value.shape == (len(arrays[0]),)
        if not has_shape or value.dtype.kind not in "biuf":
            raise ValueError(
                f"Reward '{self.name}' expected to return {len(arrays[0])} numbers, "
                f"one for each sample. Received: shape {value.shape}, dtype "
                f"{value.dtype}. It gets a batch: reduce all axes but the first."
            )
        seconds = np.float32(time.perf_counter() - start)
        return value.astype(np.float32), seconds

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function, "numpy": self.numpy}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "function"))


def _without_condition(function, samples):
    return function(samples, None)


class _Timer:
    """Holds a metric that is not part of the state of the reward."""

    def __init__(self, mean):
        self.mean = mean


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
