"""A copy of a model with independent initial weights."""

import keras

from keras_rlgen.training.keras_internals import copying_in_process
from keras_rlgen.training.random_streams import stream_key


def reseeded_copy(model, stream):
    """Returns a model of the same architecture, with newly initialised weights.

    `keras.models.clone_model` repeats the weights of initializers that have seeds. Here
    each seed in the model is replaced by one derived from it.

    Args:
        model: Built Keras model; if it is neither functional nor `Sequential`, one
            with `get_config`.
        stream: String, on which the new seeds depend as well.

    Returns:
        A built Keras model.

    Example:

    >>> initializer = keras.initializers.GlorotUniform(seed=0)
    >>> model = keras.Sequential([keras.Input((2,))])
    >>> model.add(keras.layers.Dense(3, kernel_initializer=initializer))
    >>> copy = reseeded_copy(model, "second critic")
    >>> bool((copy.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).any())
    False
    """

    def remade(layer):
        return type(layer).from_config(_reseeded(layer.get_config(), stream))

    with copying_in_process():
        return _copied(model, remade)


def _copied(model, remade):
    if not getattr(model, "inputs", None):
        copy = remade(model)
        copy.build_from_config(model.get_build_config())
        copy.built = True  # Keras makes the weights, and does not set this.
        return copy
    return keras.models.clone_model(model, clone_function=remade)


def _reseeded(config, stream):
    if isinstance(config, dict):
        return {
            key: stream_key(value, stream)
            if key == "seed" and isinstance(value, int)
            else _reseeded(value, stream)
            for key, value in config.items()
        }
    if isinstance(config, (list, tuple)):
        return type(config)(_reseeded(value, stream) for value in config)
    return config
