"""Arranges observations for the inputs of a Keras model."""

from collections.abc import Mapping

import keras


def arranged_inputs(model, observation):
    """Returns an observation in the structure of a model's inputs.

    Args:
        model: Keras model. One with an `inputs` attribute (`Sequential`, functional)
            is given the entries it names; any other takes the observation unchanged.
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
        return _arranged_tuple(model, observation)
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


def _arranged_tuple(model, observation):
    if not getattr(model, "inputs", None):
        return list(observation)
    is_sequential = isinstance(model, keras.Sequential)
    structure = model.inputs if is_sequential else model.input
    arranged = list(observation)
    if isinstance(structure, list) and len(structure) == len(observation):
        pairs = zip(observation, structure, strict=True)
        arranged = [_named_entries(entry, part) for entry, part in pairs]
    # Keras would drop surplus entries, or guess their order.
    if _names(arranged) != _names(structure):
        raise ValueError(
            f"Expected inputs in the structure {_outline(observation)}. Received a "
            f"model with inputs {_outline(structure)}. Make it a functional one, with "
            "a `keras.Input` for each entry, in the same lists and dicts."
        )
    return keras.tree.pack_sequence_as(structure, keras.tree.flatten(arranged))


def _named_entries(entry, part):
    if isinstance(entry, Mapping) and isinstance(part, Mapping):
        return {name: entry[name] for name in part if name in entry}
    return entry


def _names(structure):
    """Returns the dict keys in the path of each tensor."""
    paths = [path for path, _ in keras.tree.flatten_with_path(structure)]
    return [[key for key in path if isinstance(key, str)] for path in paths]


def _outline(structure):
    return keras.tree.map_structure(lambda x: tuple(x.shape), structure)
