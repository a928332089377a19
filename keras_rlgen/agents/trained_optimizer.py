import tensorflow as tf

from keras_rlgen.agents.optimizer import KerasOptimizer


class TrainedOptimizer(tf.Module):
    """The optimizer that an agent of TF-Agents is made with before it is compiled.

    TF-Agents wants an optimizer in the constructor, and Keras in `compile`. This one
    takes it later. An update whose gradient is not finite does not take place.

    Args:
        health: `HealthMonitor`, which is told.
        name: What is updated, for the error: "gradient" or such as "actor_gradient".
    """

    def __init__(self, health, name="gradient"):
        super().__init__()
        self._health, self._term = health, name
        self._optimizer = None

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
        """Updates variables once, if the gradients are finite.

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
        norm = tf.linalg.global_norm([g for g, _ in grads_and_vars if g is not None])
        self._health.guard(
            {self._term: norm}, lambda: self._optimizer.apply_gradients(grads_and_vars)
        )
