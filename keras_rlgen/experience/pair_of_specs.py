"""The specs of observations and actions, from what has both."""

import tensorflow as tf

from keras_rlgen.experience.array_spec import ArraySpec

NAMES = ("observation", "action")


def pair_of_specs(specs):
    """Returns the specs of one observation and one action, nests of `ArraySpec`.

    Args:
        specs: Object with the attributes `observation` and `action`, nests of specs,
            such as `agent.specs`; or a pair of them.

    Raises:
        TypeError: If `specs` is something else.

    Example:

    >>> pair = ArraySpec((4,)), ArraySpec((), "int32", 0, 1)
    >>> [spec.shape for spec in pair_of_specs(pair)]
    [(4,), ()]
    """
    pair = specs
    if not isinstance(specs, (tuple, list)):
        pair = [getattr(specs, name, None) for name in NAMES]
    # Of an environment they are methods, or missing.
    if len(pair) != 2 or any(spec is None or callable(spec) for spec in pair):
        raise TypeError(
            "Expected `specs` with the attributes `observation` and `action`, such as "
            "`agent.specs` or `agents.specs_of(environment)`, or a pair of both. "
            f"Received: {specs!r}"
        )
    return tuple(tf.nest.map_structure(ArraySpec.from_spec, spec) for spec in pair)
