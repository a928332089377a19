"""A copy of a model that starts from other weights, wherever those come from."""

import keras

from keras_rlgen.agents.random_streams import stream_key


def reseeded_copy(model, stream):
    """Returns a model of the same architecture, with weights drawn anew.

    `keras.models.clone_model` repeats the weights of initializers that have seeds.
    Here each seed in the model is replaced by one that follows from it.

    Args:
        model: Keras model with `get_config`.
        stream: String, of which the new seeds depend too.

    Returns:
        A Keras model, built if it is functional or `Sequential`.

    Example:

    >>> initializer = keras.initializers.GlorotUniform(seed=0)
    >>> model = keras.Sequential([keras.Input((2,))])
    >>> model.add(keras.layers.Dense(3, kernel_initializer=initializer))
    >>> copy = reseeded_copy(model, "second critic")
    >>> bool((copy.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).any())
    False
    """

    def reseeded(config):
        if isinstance(config, dict):
            return {
                key: stream_key(value, stream)
                if key == "seed" and isinstance(value, int)
                else reseeded(value)
                for key, value in config.items()
            }
        if isinstance(config, (list, tuple)):
            return type(config)(map(reseeded, config))
        return config

    config = keras.saving.serialize_keras_object(model)
    return keras.saving.deserialize_keras_object(reseeded(config))
