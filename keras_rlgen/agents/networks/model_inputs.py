"""How an observation reaches the inputs of a Keras model."""

from collections.abc import Mapping

import keras


def arranged_inputs(model, observation):
    """Returns an observation in the structure that a model takes.

    Args:
        model: Keras model. One with an `inputs` attribute (`Sequential`, functional)
            is given what it names; any other takes the observation as it is.
        observation: Tensor, or a `dict` or tuple of tensors, one for each input.

    Raises:
        ValueError: If the model has inputs that the observation lacks, or not as many
            as a tuple has entries.

    Example:

    >>> inputs = [keras.Input((2,), name="speed"), keras.Input((3,), name="map")]
    >>> model = keras.Model(inputs, keras.layers.Concatenate()(inputs))
    >>> observation = {"map": np.zeros((1, 3)), "speed": np.ones((1, 2))}
    >>> [x.shape for x in arranged_inputs(model, observation)]
    [(1, 2), (1, 3)]
    """
    if isinstance(observation, tuple):
        _check_count(model, observation)
        return list(observation)
    if not isinstance(observation, Mapping):
        return observation
    observation = dict(observation)
    if not getattr(model, "inputs", None):
        return observation
    structure = model.input
    by_key = isinstance(structure, Mapping)
    names = list(structure) if by_key else [x.name for x in model.inputs]
    missing = sorted(set(names) - set(observation))
    if missing:
        raise ValueError(
            f"Expected inputs named as the observation's entries, "
            f"{sorted(observation)}. Received a model with inputs named "
            f"{sorted(names)}. Name them with `keras.Input(shape, name=...)`."
        )
    if by_key:
        return {name: observation[name] for name in names}
    return [observation[name] for name in names]


def _check_count(model, observation):
    # Keras leaves out those that are too many, and warns.
    count = len(keras.tree.flatten(observation))
    inputs = getattr(model, "inputs", None)
    if inputs and len(inputs) != count:
        raise ValueError(
            f"Expected a model with {count} inputs. Received one with {len(inputs)}. "
            "Make a functional model, with a `keras.Input` for each."
        )
