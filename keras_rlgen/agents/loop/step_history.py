import keras


class StepHistory(keras.callbacks.History):
    """Keras' `History`, with the environment steps at which each log existed.

    A log that does not exist in an epoch, such as the return where no episode ended,
    has no entry in `history`, so that its list may be shorter than that of the steps.

    Example:

    ```python
    history = agent.fit(epochs=10)
    steps, returns = history.curve("mean_return")
    ```
    """

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._steps = {}

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        logs = logs or {}
        for name in logs:
            self._steps.setdefault(name, []).append(logs.get("environment_steps"))

    def curve(self, name):
        """Returns a log over the environment steps.

        Args:
            name: String, the name of a log.

        Returns:
            A pair of lists of equal length: environment steps, and values. They are
            empty if the log never existed.
        """
        return self._steps.get(name, []), self.history.get(name, [])
