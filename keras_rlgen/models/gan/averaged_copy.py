from keras_rlgen.training.keras_internals import copying_in_process


def averaged_copy(network, build):
    """Returns a copy of a network, to become the average of its weights.

    Args:
        network: Keras model.
        build: Function that calls the copy on an example, which builds it.
    """
    with copying_in_process():
        copied = type(network).from_config(network.get_config())
    build(copied)
    copied.set_weights(network.get_weights())
    return copied
