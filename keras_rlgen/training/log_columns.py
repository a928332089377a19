import keras


class LogColumns(keras.callbacks.Callback):
    """Gives a `CSVLogger` the columns of logs that do not exist in the first epoch.

    `CSVLogger` takes its columns from the first epoch, and drops other logs.

    Args:
        csv_logger: `keras.callbacks.CSVLogger`. This callback stands before it in the
            list.
        names: List of the names of all logs.
    """

    def __init__(self, csv_logger, names):
        super().__init__()
        self._csv_logger = csv_logger
        self._names = names

    def on_epoch_end(self, epoch, logs=None):
        if self._csv_logger.keys is not None:
            return
        names = {*self._names, *(logs or {})}
        if not any(name.startswith("val_") for name in names):
            names |= {f"val_{name}" for name in names}
        self._csv_logger.keys = sorted(names)
