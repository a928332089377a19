"""Keras 3 optimizers inside TF-Agents."""

import keras
import tensorflow as tf

from keras_rlgen.training.keras_internals import build_optimizer


class KerasOptimizer(tf.Module):
    """A Keras 3 optimizer in the interface that agents of TF-Agents expect.

    TF-Agents passes its optimizer gradients of the `tf.Variable`s that it finds in a
    network. This one applies them to the Keras variables that own these. Schedules,
    clipping, weight decay, averaged weights and constraints then work as in `fit`, and
    the optimizer's state is that of the object passed in.

    All of the optimizer's variables are made here, so that `apply_gradients` may be
    called inside any `tf.function`.

    Args:
        optimizer: A `keras.optimizers.Optimizer`, new or built for these variables.
        variables: List of Keras variables that may be trained:
            `model.trainable_variables`, or the sum of several models'. Layers that
            two models share may occur twice.

    Raises:
        TypeError: If `optimizer` is not a Keras 3 optimizer, or scales losses, which
            TF-Agents does not; or if one of `variables` is not a Keras variable.
        ValueError: If there are no variables.

    Example:

    >>> variable = keras.Variable([1.0, 2.0])
    >>> optimizer = KerasOptimizer(keras.optimizers.SGD(0.5), [variable])
    >>> optimizer.apply_gradients([(tf.constant([1.0, 0.0]), variable.value)])
    >>> variable.numpy().tolist()
    [0.5, 2.0]
    """

    def __init__(self, optimizer, variables):
        super().__init__()
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise TypeError(
                "Expected `optimizer` to be one of `keras.optimizers`. Received: "
                f"{optimizer!r} of type {type(optimizer).__module__}."
                f"{type(optimizer).__qualname__}. For a name, pass "
                "`keras.optimizers.get(name)`."
            )
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            raise TypeError(
                "Expected an optimizer that does not scale the loss, since TF-Agents "
                "does not. Received a `LossScaleOptimizer`. Pass its `inner_optimizer`."
            )
        invalid = [v for v in variables if not isinstance(v, keras.Variable)]
        if invalid:
            raise TypeError(
                "Expected `variables` to hold Keras variables. Received: "
                f"{invalid[0]!r}. Pass `model.trainable_variables` of the Keras "
                "model, and not those of the network."
            )
        variables = list({id(v): v for v in variables}.values())
        if not variables:
            raise ValueError(
                "Expected at least one variable to train. Received none. Are all "
                "layers of the model frozen (`trainable=False`)?"
            )
        build_optimizer(optimizer, variables)
        self.optimizer = optimizer
        self._keras_variables = variables

    @property
    def learning_rate(self):
        """The learning rate of the next update."""
        return self.optimizer.learning_rate

    def apply_gradients(self, grads_and_vars):
        """Updates variables once.

        Args:
            grads_and_vars: Iterable of pairs of a gradient, a tensor or `None`, and
                the `tf.Variable` that it belongs to.

        Raises:
            ValueError: If a variable is not among those of the constructor.
        """
        known = {v.value.ref(): v for v in self._keras_variables}
        gradients, variables = zip(*grads_and_vars, strict=True)
        unknown = [v.name for v in variables if v.ref() not in known]
        if unknown:
            raise ValueError(
                f"Expected gradients of the {len(known)} variables that this optimizer "
                f"was made for. Received others as well: {unknown}. Pass the "
                "trainable variables of all models that the agent trains."
            )
        self.optimizer.apply(list(gradients), [known[v.ref()] for v in variables])
