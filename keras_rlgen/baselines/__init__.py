"""Baselines of policy gradients."""

import keras

from keras_rlgen.baselines.baseline import Baseline
from keras_rlgen.baselines.critic import Critic
from keras_rlgen.baselines.leave_one_out import LeaveOneOut
from keras_rlgen.baselines.moving_average import MovingAverage

NAMES = {
    "none": Baseline,
    "moving_average": MovingAverage,
    "rloo": LeaveOneOut,
    "critic": Critic,
}


def get(identifier):
    """Returns a `Baseline` from a name, an instance or a config; `None` is "none".

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    if identifier is None:
        return Baseline()
    if isinstance(identifier, Baseline):
        return identifier
    if isinstance(identifier, str):
        if identifier not in NAMES:
            raise ValueError(
                f"Unknown baseline: {identifier!r}. Expected one of {sorted(NAMES)}, "
                "or a `Baseline`."
            )
        return NAMES[identifier]()
    if isinstance(identifier, dict):
        return keras.saving.deserialize_keras_object(identifier)
    raise TypeError(
        "Expected `baseline` to be a name or a `Baseline`. "
        f"Received: {identifier!r} of type {type(identifier).__name__}"
    )


__all__ = ["Baseline", "Critic", "LeaveOneOut", "MovingAverage", "get"]
