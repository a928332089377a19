PROBABILITIES = ("sigmoid", "hard_sigmoid", "softmax")


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
    last = discriminator
    while getattr(last, "outputs", None):
        last = last.layers[-1]
    activation = getattr(getattr(last, "activation", None), "__name__", None)
    if activation in PROBABILITIES:
        raise ValueError(
            f"Expected a {name} that returns logits: losses and rewards apply the "
            f"sigmoid themselves. Received: its last layer '{last.name}', with the "
            f"activation '{activation}'. Leave the activation out: `Dense(1)`."
        )
