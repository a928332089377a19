"""Generative models trained by likelihood or adversarially."""

from keras_rlgen.models.conditional_gan import ConditionalGAN
from keras_rlgen.models.gan import GAN
from keras_rlgen.models.stochastic_generator import StochasticGenerator

__all__ = ["GAN", "ConditionalGAN", "StochasticGenerator"]
