"""The two models of an actor-critic agent."""

import keras


def actor_and_critic(actor, critic, agent):
    """Returns an actor and a critic, whichever way they were given.

    Args:
        actor: Keras model, or one of two outputs: what an actor gives, and a value.
        critic: Keras model, or `None` if `actor` has two outputs.
        agent: Name of the agent's class, for the error.

    Returns:
        A pair of Keras models of one output each, which share what layers they shared.

    Raises:
        ValueError: If there is no critic.

    Example:

    >>> x = keras.Input((4,))
    >>> trunk = keras.layers.Dense(8, "tanh")(x)
    >>> outputs = [keras.layers.Dense(2)(trunk), keras.layers.Dense(1)(trunk)]
    >>> actor, critic = actor_and_critic(keras.Model(x, outputs), None, "PPO")
    >>> actor.output_shape, critic.output_shape
    ((None, 2), (None, 1))
    """
    if critic is not None:
        return actor, critic
    outputs = getattr(actor, "outputs", None) or []
    if len(outputs) != 2:
        raise ValueError(
            f"`{agent}` expected a `critic`, a model from observations to their value "
            "`(batch, 1)`. Received: None. Pass one, or as `actor` one functional "
            "model of two outputs, what the actor gives and the value: "
            "`keras.Model(inputs, [logits, value])`."
        )
    return tuple(keras.Model(actor.input, output) for output in outputs)
