"""The two models of an actor-critic agent, separate or with shared layers."""

import keras

from keras_rlgen.agents.networks.carried_state import carried_state_spec


def actor_and_critic(actor, critic):
    """Splits a model of two outputs into an actor and a critic, if there is no critic.

    Args:
        actor: Keras model, or one of two outputs: the actor's, and a value.
        critic: Keras model, or `None`.

    Returns:
        A pair of Keras models of one output each, which share layers if they come from
        one model. The second is `None` if there is no critic.

    Example:

    >>> x = keras.Input((4,))
    >>> trunk = keras.layers.Dense(8, "tanh")(x)
    >>> outputs = [keras.layers.Dense(2)(trunk), keras.layers.Dense(1)(trunk)]
    >>> actor, critic = actor_and_critic(keras.Model(x, outputs), None)
    >>> actor.output_shape, critic.output_shape
    ((None, 2), (None, 1))
    """
    outputs = getattr(actor, "outputs", None) or []
    if critic is None and len(outputs) == 2 and not carried_state_spec(actor):
        return tuple(keras.Model(actor.input, output) for output in outputs)
    return actor, critic


def required_critic(critic, agent):
    """Validates that there is a critic, and returns it.

    Args:
        critic: Keras model, or `None`.
        agent: Name of the agent's class, for the error.

    Raises:
        ValueError: If there is none.
    """
    if critic is None:
        raise ValueError(
            f"`{agent}` expected a `critic`, a model from observations to their value "
            "`(batch, 1)`. Received: None. Pass one, or as `actor` one functional "
            "model of two outputs, what the actor gives and the value: "
            "`keras.Model(inputs, [logits, value])`."
        )
    return critic


def joined(actor, critic):
    """Joins models that share layers into one of two outputs, so they can be saved.

    Keras saves two models separately, without the sharing of layers.

    Args:
        actor: Keras model.
        critic: Keras model, or `None`.

    Returns:
        A pair of a model and a model or `None`, from which `actor_and_critic` restores
        models like those given.

    Raises:
        ValueError: If they share layers, and not their inputs, or are recurrent.
    """
    if critic is None:
        return actor, critic
    weights = {id(variable) for variable in actor.variables}
    if not any(id(variable) in weights for variable in critic.variables):
        return actor, critic
    inputs = [
        [id(x) for x in getattr(model, "inputs", None) or []]
        for model in (actor, critic)
    ]
    if not inputs[0] or inputs[0] != inputs[1] or carried_state_spec(actor):
        raise ValueError(
            "Expected an actor and a critic that share layers to share their inputs "
            "as well, and not to be recurrent: they cannot be saved otherwise. "
            f"Received: {actor.name!r} and {critic.name!r}. Make both functional "
            "models of one input: `keras.Model(inputs, logits)` and "
            "`keras.Model(inputs, value)`."
        )
    return keras.Model(actor.input, [actor.output, critic.output]), None
