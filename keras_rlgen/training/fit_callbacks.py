import keras

from keras_rlgen.training.log_columns import LogColumns
from keras_rlgen.training.progress_bar import ProgressBar


def fit_callbacks(callbacks, log_names, verbose, first=()):
    """Returns the callbacks of `fit` with those that every model adds.

    Args:
        callbacks: Callbacks as `keras.Model.fit` takes them. A
            `keras.callbacks.CallbackList` is returned as it is.
        log_names: List of the names of all logs of training.
        verbose: As in `keras.Model.fit`.
        first: Callbacks of the model, to be called before the others.

    Returns:
        List of callbacks, with a `ProgressBar` unless `verbose` is 0 or there is a
        progress bar, and with the columns of each `CSVLogger`.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    given = keras.tree.flatten(callbacks) if callbacks else []
    added = list(first)
    for callback in given:
        if isinstance(callback, keras.callbacks.CSVLogger):
            added.append(LogColumns(callback, log_names))
        added.append(callback)
    has_bar = any(isinstance(x, keras.callbacks.ProgbarLogger) for x in given)
    return added if has_bar or verbose == 0 else [*added, ProgressBar()]
