"""Losses: pure functions of tensors, and loss objects for `compile`."""

from keras_rlgen.losses.adversarial_loss import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Wasserstein,
    get,
)
from keras_rlgen.losses.code_values import code_value_targets
from keras_rlgen.losses.gradient_penalty import GradientPenalty, R1Penalty
from keras_rlgen.losses.likelihood import (
    categorical_kl,
    free_bits,
    gaussian_kl,
    importance_weighted_bound,
)
from keras_rlgen.losses.masked_reductions import masked_mean, masked_sum
from keras_rlgen.losses.policy import (
    leave_one_out_baseline,
    policy_gradient_loss,
    scale_advantages,
)
from keras_rlgen.losses.preference import best_and_worst, preference_loss
from keras_rlgen.losses.proximal import (
    clip_fraction,
    clipped_surrogate_loss,
    group_relative_advantages,
)
from keras_rlgen.losses.step_aggregation import aggregate_steps

__all__ = [
    "AdversarialLoss",
    "GradientPenalty",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "R1Penalty",
    "Wasserstein",
    "aggregate_steps",
    "best_and_worst",
    "categorical_kl",
    "clip_fraction",
    "clipped_surrogate_loss",
    "code_value_targets",
    "free_bits",
    "gaussian_kl",
    "get",
    "group_relative_advantages",
    "importance_weighted_bound",
    "leave_one_out_baseline",
    "masked_mean",
    "masked_sum",
    "policy_gradient_loss",
    "preference_loss",
    "scale_advantages",
]
