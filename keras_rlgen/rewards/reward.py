"""Base class of the rewards."""

import inspect
import numbers

import keras
import tensorflow as tf

from keras_rlgen.identifiers import snake_case
from keras_rlgen.rewards.batch_size import batch_size


class Reward(keras.layers.Layer):
    """Scores samples: `reward(samples) -> (batch,)`, float32, higher is better.

    Samples are a generator's output `(batch, ...)`, the
    `keras_rlgen.experience.Transition` of an agent's steps, or any other nest of
    tensors whose first axis is the batch. A single tensor of floats is cast to float32;
    a nest is passed unchanged.

    Subclasses implement `call(samples, condition=None, training=None)`, where
    `condition` is the condition of the samples: labels, degraded images, a prompt.
    `call` may omit it. Rewards compose with `+`, `-`, `*` and negation, with numbers
    and with plain functions of samples:

    ```python
    reward = 0.7 * Discriminator("log_score") + 0.3 * Sharpness() - my_function
    ```

    Rewards with statistics update them only if `training=True`. A reward that learns
    from transitions does so in `learn`.

    Args:
        name: String, the reward's key in the logs. Defaults to the class name in
            snake case, without a number.

    Attributes:
        is_null: Whether it is independent of the samples by design. Its gradient is
            then taken as zero.
        keeps_state: Whether it has statistics, a memory or learned weights, which only
            `training=True` or `learn` changes. Defaults to whether it calls
            `add_weight` or overrides `learn`. Set it in a subclass for which that is
            wrong.
    """

    is_null = False
    _made_weights = False

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(
            name=name or snake_case(type(self).__name__), autocast=False, **kwargs
        )
        parameters = inspect.signature(type(self).call).parameters
        self._takes_condition = "condition" in parameters

    def __call__(self, samples, condition=None, training=None):
        samples, condition = self._converted(samples), self._converted(condition)
        if self._takes_condition:
            return super().__call__(samples, condition=condition, training=training)
        return super().__call__(samples, training=training)

    def _converted(self, values):
        """Returns a single array or tensor in float32, if it is of floats."""
        if values is None or tf.nest.is_nested(values):
            return values
        return self.dtype_policy.convert_input(values, True, self.compute_dtype)

    @property
    def keeps_state(self):
        """Whether there is state that `training=True` or `learn` changes."""
        return self._made_weights or type(self).learn is not Reward.learn

    def add_weight(self, *args, **kwargs):
        self._made_weights = True
        return super().add_weight(*args, **kwargs)

    def build(self, samples_shape):
        pass

    def bind(self, discriminator, loss=None):
        """Gives the reward the model's discriminator; most rewards ignore it.

        Args:
            discriminator: Callable `(samples, condition, training)` to logits, float32
                `(batch,)`; `None` removes the current one.
            loss: `AdversarialLoss` by which the discriminator is trained, or `None` if
                that is not known.

        Raises:
            ValueError: If the reward already has another, or is undefined for logits
                trained by that loss.
        """

    def check_generator(self, generator):
        """Checks that a generator's samples are what the reward scores.

        `RewardTuner` and `SequenceGAN` call it in `compile`. By default does nothing.

        Args:
            generator: The generative model.

        Raises:
            ValueError: If they are not, such as tokens of another vocabulary.
        """

    def learn(self, transitions):
        """Learns from transitions; by default does nothing.

        Agents call it once per round, before rewards are computed. A composed reward
        calls it once for each part.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.
        """

    def checks(self, transitions):
        """Returns what transitions have to be for the reward to mean something.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.

        Returns:
            List of pairs of an exception and a bool scalar tensor, false where the
            exception is to stop the training.
        """
        return []

    def terms(self, samples, condition=None, training=None):
        """Computes the reward and its terms.

        Args:
            samples: Nest of tensors `(batch, ...)`.
            condition: Nest of tensors `(batch, ...)`, the condition of the samples, or
                `None`.
            training: Whether running statistics are updated.

        Returns:
            A pair: the reward, float32 `(batch,)`, and a dict from each term's name
            to its unweighted value, float32 `(batch,)`.

        Raises:
            ValueError: If the reward is not of shape `(batch,)`.
        """
        value = self.validated(samples, self(samples, condition, training=training))
        return value, {self.name: value}

    def export(self, filepath, samples, condition=None, **kwargs):
        """Writes a SavedModel. See `keras_rlgen.rewards.export_reward`."""
        from keras_rlgen.rewards.export_reward import export_reward

        export_reward(self, filepath, samples, condition, **kwargs)

    def validated(self, samples, value):
        """Returns `value` as float32, if its shape is `(batch,)`."""
        if value is None or isinstance(value, (dict, str, bytes)):
            raise ValueError(
                f"Reward '{self.name}' expected to return one number for each "
                f"sample, of shape (batch,). Received: {value!r} of type "
                f"{type(value).__name__}. Return a tensor; of several rewards, their "
                "weighted sum."
            )
        value = tf.convert_to_tensor(value)
        dtype = value.dtype
        if not (dtype.is_floating or dtype.is_integer or dtype.is_bool):
            raise ValueError(
                f"Reward '{self.name}' expected to return real numbers. Received: "
                f"dtype {dtype.name}."
            )
        batch = batch_size(samples)
        batch = batch if isinstance(batch, int) else None
        if value.shape.rank != 1 or not value.shape.is_compatible_with([batch]):
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), samples)
            raise ValueError(
                f"Reward '{self.name}' expected to return shape (batch,) = ({batch},) "
                f"for samples of shape {shapes}. Received: "
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
