"""How much each token of a generated sequence contributes to its reward."""

from keras_rlgen.credit.credit import Credit
from keras_rlgen.credit.critic import Critic
from keras_rlgen.credit.generated_sequences import GeneratedSequences
from keras_rlgen.credit.per_step import PerStep
from keras_rlgen.credit.rollout import Rollout
from keras_rlgen.credit.step_baseline import leave_one_out_by_step
from keras_rlgen.identifiers import from_identifier

NAMES = {"rollout": Rollout, "critic": Critic, "per_step": PerStep}


def get(identifier):
    """Returns a `Credit` from a name, an instance or a config; `None` is "rollout".

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    if identifier is None:
        return Rollout()
    return from_identifier(identifier, Credit, NAMES, "credit", "a `Credit`")


__all__ = [
    "Credit",
    "Critic",
    "GeneratedSequences",
    "PerStep",
    "Rollout",
    "get",
    "leave_one_out_by_step",
]
