from keras_rlgen.training.keras_internals import copying_in_process


def averaged_copy(network, build):
    """Returns a copy of a network, to become the average of its weights.

    Args:
        network: Keras model.
        build: Function that calls the copy on an example, which builds it.

    Raises:
        ValueError: If the network cannot be made again from its `get_config`, as one
            of a class without, or with a function that is not registered.
    """
    try:
        with copying_in_process():
            copied = type(network).from_config(network.get_config())
        build(copied)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"The network '{network.name}' of type {type(network).__name__} cannot be "
            "copied, and `ema_momentum` needs a copy for the average of its weights. "
            "Give its class a `get_config`, and register its functions by "
            "`keras.saving.register_keras_serializable()`; or pass "
            "`ema_momentum=None`."
        ) from error
    copied.set_weights(network.get_weights())
    return copied
