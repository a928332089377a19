"""The reward contract."""

import numbers

import keras
import tensorflow as tf

from keras_rlgen.identifiers import snake_case


class Reward(keras.layers.Layer):
    """Judges samples: `reward(samples) -> (batch,)`, float32, higher is better.

    A subclass writes `call(samples, training=None)`. Rewards compose with `+`, `-`,
    `*` and negation, with numbers and with plain functions of samples:

    ```python
    reward = 0.7 * Discriminator("log_score") + 0.3 * Sharpness() - my_function
    ```

    Rewards that keep statistics update them only where `training=True`.

    Args:
        name: String, the reward's key in the logs. Defaults to the class name in
            snake case, without a number.

    Attributes:
        is_null: Whether it says nothing of the samples, on purpose. Then a learner
            that climbs by gradient takes it to have one of zero.
    """

    is_null = False

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name or snake_case(type(self).__name__), **kwargs)

    def build(self, samples_shape):
        pass

    def bind(self, discriminator):
        """Hands a reward the learner's discriminator; most have no use for it.

        Args:
            discriminator: Callable `(samples, training)` to logits, float32
                `(batch,)`; `None` takes back the one it has.

        Raises:
            ValueError: If the reward has another already.
        """

    def terms(self, samples, training=None):
        """Returns the reward and what it is made of.

        Args:
            samples: Tensor `(batch, ...)`.
            training: Whether running statistics are updated.

        Returns:
            A pair: the reward, float32 `(batch,)`, and a dict from each term's name
            to its unweighted value, float32 `(batch,)`.

        Raises:
            ValueError: If the reward is not of shape `(batch,)`.
        """
        value = self.validated(samples, self(samples, training=training))
        return value, {self.name: value}

    def validated(self, samples, value):
        """Returns `value` as float32, if its shape is `(batch,)`."""
        value = tf.convert_to_tensor(value)
        batch = samples.shape[0]
        if value.shape.rank != 1 or not value.shape.is_compatible_with([batch]):
            raise ValueError(
                f"Reward '{self.name}' expected to return shape (batch,) = ({batch},) "
                f"for samples of shape {tuple(samples.shape)}. Received: "
                f"{tuple(value.shape)}. Reduce all axes but the first."
            )
        return tf.cast(value, tf.float32)

    def __add__(self, other):
        from keras_rlgen.rewards.arithmetic import Sum

        return Sum([self, other])

    def __radd__(self, other):
        from keras_rlgen.rewards.arithmetic import Sum

        return Sum([other, self])

    def __sub__(self, other):
        return self + -1.0 * as_reward(other)

    def __rsub__(self, other):
        return as_reward(other) + -1.0 * self

    def __mul__(self, other):
        from keras_rlgen.rewards.arithmetic import Product, Scaled

        if isinstance(other, numbers.Real):
            return Scaled(self, other)
        return Product([self, other])

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return -1.0 * self


def as_reward(value):
    """Returns a `Reward` from a reward, a number or a plain function of samples.

    Raises:
        TypeError: If `value` is none of these.
    """
    from keras_rlgen.rewards.controls import Constant
    from keras_rlgen.rewards.function_reward import FunctionReward

    if isinstance(value, Reward):
        return value
    if isinstance(value, numbers.Real):
        return Constant(value)
    if callable(value):
        return FunctionReward(value)
    raise TypeError(
        "Expected a reward, a number or a function of samples. "
        f"Received: {value!r} of type {type(value).__name__}"
    )
