"""The private parts of Keras that this package uses.

Each function wraps one private name of Keras 3.15 and has a test, so that a new version
of Keras affects this file alone.
"""


def all_layers(model):
    """Returns all layers inside a layer or model, itself included, as a list.

    Args:
        model: `keras.Layer`.
    """
    return list(model._flatten_layers())


def untrack(model, value):
    """Untracks an attribute's value, which is about to be replaced.

    Keras keeps tracking the weights of a layer whose attribute was replaced.

    Args:
        model: `keras.Layer`.
        value: The attribute's value; one that is not tracked is ignored.
    """
    model._tracker.untrack(value)


def forget_initial_epoch(model):
    """Removes the epoch at which an earlier `fit` was resumed.

    Args:
        model: `keras.Model`.
    """
    model._initial_epoch = None


def resumed_epoch(model):
    """Returns the epoch that `keras.callbacks.BackupAndRestore` resumes at, or `None`.

    Args:
        model: `keras.Model`, after `on_train_begin` of its callbacks.
    """
    return model._initial_epoch


def write_epoch_scalars(tensor_board, step, logs):
    """Writes the logs of an epoch to TensorBoard.

    Args:
        tensor_board: `keras.callbacks.TensorBoard`, in training.
        step: Integer, the place on the axis.
        logs: Dict from names to numbers.
    """
    tensor_board._log_epoch_metrics(step, logs)
