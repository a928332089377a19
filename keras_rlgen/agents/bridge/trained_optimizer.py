import tensorflow as tf

from keras_rlgen.agents.bridge.optimizer import KerasOptimizer


class TrainedOptimizer(tf.Module):
    """The optimizer that an agent of TF-Agents is made with before it is compiled.

    TF-Agents wants an optimizer in the constructor, and Keras in `compile`. This one
    takes it later.
    """

    _optimizer = None

    def set(self, optimizer, variables):
        """Takes the optimizer of `compile`.

        Args:
            optimizer: A `keras.optimizers.Optimizer`.
            variables: List of Keras variables, those it trains.

        Raises:
            TypeError: As `KerasOptimizer`.
            ValueError: As `KerasOptimizer`.
        """
        self._optimizer = KerasOptimizer(optimizer, variables)

    def apply_gradients(self, grads_and_vars):
        """Updates variables once.

        Args:
            grads_and_vars: As in `KerasOptimizer`.

        Raises:
            ValueError: If the agent was not compiled.
        """
        if self._optimizer is None:
            raise ValueError(
                "The agent has no optimizer yet. Call `compile(optimizer)` before you "
                "train it, through `fit` or through its `tf_agent`."
            )
        self._optimizer.apply_gradients(grads_and_vars)
