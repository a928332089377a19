"""Generative models trained by reward."""

from keras_rlgen.rl_models.algorithms import (
    GroupRelativePolicyOptimization,
    PolicyGradient,
    ProximalPolicyOptimization,
    TuningAlgorithm,
)
from keras_rlgen.rl_models.algorithms.adaptive_kl import AdaptiveKL
from keras_rlgen.rl_models.algorithms.fixed_kl import FixedKL
from keras_rlgen.rl_models.reinforce_gan import ReinforceGAN
from keras_rlgen.rl_models.restoring_gan import RestoringGAN
from keras_rlgen.rl_models.restoring_vae import RestoringVAE
from keras_rlgen.rl_models.reward_tuner import RewardTuner
from keras_rlgen.rl_models.rl_vae import RLVAE

__all__ = [
    "RLVAE",
    "AdaptiveKL",
    "FixedKL",
    "GroupRelativePolicyOptimization",
    "PolicyGradient",
    "ProximalPolicyOptimization",
    "ReinforceGAN",
    "RestoringGAN",
    "RestoringVAE",
    "RewardTuner",
    "TuningAlgorithm",
]
