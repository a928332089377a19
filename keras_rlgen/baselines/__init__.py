"""Baselines of policy gradients."""

from keras_rlgen.baselines.baseline import Baseline
from keras_rlgen.baselines.critic import Critic
from keras_rlgen.baselines.leave_one_out import LeaveOneOut
from keras_rlgen.baselines.moving_average import MovingAverage
from keras_rlgen.identifiers import from_identifier

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
    return from_identifier(identifier, Baseline, NAMES, "baseline", "a `Baseline`")


__all__ = ["Baseline", "Critic", "LeaveOneOut", "MovingAverage", "get"]
