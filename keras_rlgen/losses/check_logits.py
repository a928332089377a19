import keras

from keras_rlgen.training.keras_internals import output_operation

PROBABILITIES = ("sigmoid", "hard_sigmoid", "softmax")
SHAPE_ONLY = (keras.layers.Reshape, keras.layers.Flatten)


def check_logits(discriminator, name="discriminator"):
    """Raises an error if a discriminator ends in an activation of probabilities.

    Losses take logits, and apply the sigmoid themselves. Only sequential and functional
    models can be checked; others pass.

    Args:
        discriminator: Keras model.
        name: String, what the error calls it.

    Raises:
        ValueError: If its last layer is a sigmoid or a softmax.
    """
    last = output_operation(discriminator)
    while isinstance(last, SHAPE_ONLY):
        last = output_operation(discriminator, before=last)
    activation = getattr(last, "activation", None)
    activation = getattr(activation, "__name__", type(last).__name__.lower())
    if activation in PROBABILITIES:
        raise ValueError(
            f"Expected a {name} that returns logits: losses and rewards apply the "
            f"sigmoid themselves. Received: its last layer '{last.name}', with the "
            f"activation '{activation}'. Leave the activation out: `Dense(1)`."
        )
