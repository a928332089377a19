"""How much each token of a generated sequence contributes to its reward."""

from keras_rlgen.credit.credit import Credit
from keras_rlgen.credit.critic import Critic
from keras_rlgen.credit.generated_sequences import GeneratedSequences
from keras_rlgen.credit.per_step import PerStep
from keras_rlgen.credit.rollout import Rollout
from keras_rlgen.credit.step_baseline import leave_one_out_by_step

__all__ = [
    "Credit",
    "Critic",
    "GeneratedSequences",
    "PerStep",
    "Rollout",
    "leave_one_out_by_step",
]
