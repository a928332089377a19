import numpy as np

from keras_rlgen.environments.action import ContinuousAction, DiscreteAction


def action_of_spec(spec):
    """Returns the action space of the spec of one action.

    Args:
        spec: `ArraySpec`: of floats between bounds, or of one integer from zero.

    Raises:
        ValueError: If it is another.

    Example:

    >>> from keras_rlgen.experience import ArraySpec
    >>> action_of_spec(ArraySpec((), "int32", 0, 2))
    DiscreteAction(3)
    """
    dtype = getattr(spec, "dtype", None)
    if dtype is not None and spec.minimum is not None:
        if dtype.is_floating:
            bounds = spec.minimum, spec.maximum
            return ContinuousAction(*(np.broadcast_to(x, spec.shape) for x in bounds))
        if dtype.is_integer and not spec.shape and not np.any(spec.minimum):
            return DiscreteAction(int(spec.maximum) + 1)
    raise ValueError(
        "Expected an action of floats between bounds, or of one integer that counts "
        f"from zero. Received: {spec}"
    )
