"""Generative models trained by reward."""

from keras_rlgen.rl_models.adaptive_kl import AdaptiveKL
from keras_rlgen.rl_models.algorithms import (
    GroupRelativePolicyOptimization,
    PolicyGradient,
    ProximalPolicyOptimization,
    TuningAlgorithm,
)
from keras_rlgen.rl_models.fixed_kl import FixedKL
from keras_rlgen.rl_models.reinforce_gan import ReinforceGAN
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
    "RewardTuner",
    "TuningAlgorithm",
]
