import keras


class HeldOutErrors(keras.callbacks.Callback):
    """Logs the errors of a world model on held-out episodes, after each epoch.

    Args:
        world: `WorldModel`.
        experience: `Experience`.
        horizon: Integer >= 1.
    """

    def __init__(self, world, experience, horizon):
        super().__init__()
        self._world, self._experience = world, experience
        self._horizon = horizon

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            report = self._world.report(self._experience, self._horizon, num_samples=4)
            logs["val_error"] = float(report.error[0])
            logs["val_error_after_window"] = float(report.error[-1])
