"""Checks that a network takes the condition of its model."""


def check_condition_input(network, conditions, name, values):
    """Raises an error if a network has no input for a model's condition.

    Networks with unknown input shapes, such as subclasses of `keras.Model`, are not
    checked.

    Args:
        network: Keras model.
        conditions: What the model is conditioned on, or `None`.
        name: String, the network's name in errors: `"decoder"`.
        values: String, the network's other input: `"latents"`.

    Raises:
        ValueError: If the network has one input, or a second of another shape.
    """
    received = _input_shapes(network)
    if conditions is None or received is None:
        return
    expected = conditions.spec.shape
    fits = len(received) == 2 and _compatible(received[1][1:], tuple(expected[1:]))
    if not fits:
        raise ValueError(
            f"This model is conditioned on `{type(conditions).__name__}`, so its "
            f"{name} has to take `[{values}, condition]`, a condition of shape "
            f"{('batch', *expected[1:])}. Received a {name} with inputs of shapes "
            f"{received}. Add an input, `keras.layers.Input({tuple(expected[1:])})`, "
            "and let the output depend on it."
        )


def _input_shapes(network):
    """Returns a list of the shapes of a network's inputs, `None` if unknown."""
    inputs = getattr(network, "inputs", None)
    if inputs:
        return [tuple(x.shape) for x in inputs]
    shapes = getattr(network, "input_shape", None)
    return list(map(tuple, shapes)) if isinstance(shapes, list) else None


def _compatible(received, expected):
    """Returns whether two shapes agree, up to a last axis of size one."""
    return received == expected or received == (*expected, 1)
