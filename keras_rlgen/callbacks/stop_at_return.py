import warnings

import keras

from keras_rlgen.arguments import check_number, is_integer


class StopAtReturn(keras.callbacks.Callback):
    """Stops training once the agent reaches a return.

    Args:
        threshold: Float, the return to reach.
        monitor: Name of the logged return. `"val_mean_return"` needs
            `fit(validation_freq=...)` or `PolicyEvaluation`; `"val_return_low"`, the
            lower bound of its confidence interval, is stricter. `"mean_return"` is that
            of training, with exploration.
        evaluations: Integer >= 1, number of consecutive evaluations that must reach it.
            Epochs without an evaluation do not count.

    Attributes:
        stopped_epoch: Index of the epoch after which training was stopped, or `None`.

    Raises:
        ValueError: If `evaluations` is out of its range.

    Example:

    ```python
    agent.fit(epochs=100, validation_freq=1, callbacks=[StopAtReturn(475.0)])
    ```
    """

    def __init__(self, threshold, monitor="val_mean_return", evaluations=1):
        super().__init__()
        if not is_integer(evaluations) or evaluations < 1:
            raise ValueError(
                f"Expected `evaluations` >= 1. Received: evaluations={evaluations}"
            )
        check_number("threshold", threshold)
        if not isinstance(monitor, str):
            raise ValueError(
                f"Expected `monitor`, the name of a log. Received: {monitor!r}"
            )
        self.threshold = threshold
        self.monitor = monitor
        self.evaluations = evaluations
        self.stopped_epoch = None

    def on_train_begin(self, logs=None):
        self.stopped_epoch = None
        self._reached = 0
        self._was_logged = False

    def on_epoch_end(self, epoch, logs=None):
        self._names = sorted(logs)
        if self.monitor not in logs:
            return
        self._was_logged = True
        self._reached = self._reached + 1 if logs[self.monitor] >= self.threshold else 0
        if self._reached >= self.evaluations:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if not self._was_logged:
            warnings.warn(
                f"`StopAtReturn` never saw {self.monitor!r} in the logs. Received: "
                f"{self._names}. Pass `validation_freq` to `fit`, or put "
                "`PolicyEvaluation` before it in the list of callbacks.",
                stacklevel=2,
            )
