"""What this package needs of Keras that Keras does not make public.

Each function stands for one private name of Keras 3.15, so that a new version of Keras
has one file to look at, and a test for each.
"""


def all_layers(model):
    """Returns all layers inside a layer or model, itself included, as a list.

    Args:
        model: `keras.Layer`.
    """
    return list(model._flatten_layers())


def untrack(model, value):
    """Makes a model forget an attribute's value, which is about to be replaced.

    Keras goes on tracking the weights of a layer whose attribute was replaced.

    Args:
        model: `keras.Layer`.
        value: What was assigned to an attribute; anything that is not tracked is left
            alone.
    """
    model._tracker.untrack(value)


def forget_initial_epoch(model):
    """Removes the epoch that an earlier `fit` was resumed at.

    Args:
        model: `keras.Model`.
    """
    model._initial_epoch = None


def resumed_epoch(model):
    """Returns the epoch that `keras.callbacks.BackupAndRestore` resumes at, or `None`.

    Args:
        model: `keras.Model` whose callbacks were told that training begins.
    """
    return model._initial_epoch
