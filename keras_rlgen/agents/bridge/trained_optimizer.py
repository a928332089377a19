import tensorflow as tf

from keras_rlgen.agents.bridge.optimizer import KerasOptimizer


class TrainedOptimizer(tf.Module):
    """Placeholder for the optimizer of an agent that is not compiled yet.

    TF-Agents takes an optimizer in the constructor, Keras in `compile`. This one is
    made in the constructor and set in `compile`.

    Attributes:
        gradient_norm: Float32 scalar tensor, the norm of all gradients of the last
            call of `apply_gradients`, for use in the function that made the call.
    """

    _optimizer = None
    gradient_norm = None

    def set(self, optimizer, variables):
        """Sets the optimizer of `compile`.

        Args:
            optimizer: A `keras.optimizers.Optimizer`.
            variables: List of the Keras variables to train.

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
        grads_and_vars = list(grads_and_vars)
        self.gradient_norm = tf.linalg.global_norm([g for g, _ in grads_and_vars])
        self._optimizer.apply_gradients(grads_and_vars)
