"""Nests of specs as JSON can hold them: it knows no tuples."""

from keras_rlgen.experience.array_spec import ArraySpec


def spec_config(spec):
    """Returns dicts, lists, strings and numbers that stand for a nest of `ArraySpec`.

    Args:
        spec: Nest of `ArraySpec`, of dicts and tuples.

    Example:

    >>> config = spec_config((ArraySpec((2,)),))
    >>> spec_from_config(config)[0].shape
    (2,)
    """
    if isinstance(spec, dict):
        return {"dict": [[key, spec_config(part)] for key, part in spec.items()]}
    if isinstance(spec, tuple):
        return {"tuple": [spec_config(part) for part in spec]}
    return spec.get_config()


def spec_from_config(config):
    """Returns the nest of `ArraySpec` of which `spec_config` made `config`."""
    if "dict" in config:
        return {key: spec_from_config(part) for key, part in config["dict"]}
    if "tuple" in config:
        return tuple(spec_from_config(part) for part in config["tuple"])
    return ArraySpec.from_config(config)
