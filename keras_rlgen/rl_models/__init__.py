"""Generative models trained by reward."""

from keras_rlgen.rl_models.reinforce_gan import ReinforceGAN

__all__ = ["ReinforceGAN"]
