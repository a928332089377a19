def check_model(callback, kind, *names):
    """Raises an error if a callback's model is of another kind.

    Args:
        callback: `keras.callbacks.Callback` of a model.
        kind: String, what the model has to be: `"an agent"`.
        *names: Strings, attributes that such a model has.

    Raises:
        TypeError: If the model lacks one of them.
    """
    model = callback.model
    if not all(hasattr(type(model), name) or hasattr(model, name) for name in names):
        raise TypeError(
            f"`{type(callback).__name__}` is a callback of {kind}. Received: a "
            f"`{type(model).__name__}`. Leave it out of the list."
        )
