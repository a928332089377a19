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


def output_operation(model, before=None):
    """Returns the layer or operation that makes a model's first output.

    Nested models are looked into.

    Args:
        model: Keras model. One that is neither sequential nor functional is returned
            itself.
        before: A layer of the model with one input: returns what makes that instead.
    """
    tensor = None if before is None else before.input
    last = model
    while tensor is not None or getattr(last, "outputs", None):
        tensor = last.outputs[0] if tensor is None else tensor
        last, tensor = tensor._keras_history.operation, None
    return last


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
