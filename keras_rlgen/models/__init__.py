"""Generative models trained by likelihood or adversarially."""

from keras_rlgen.models.class_labels import ClassLabels
from keras_rlgen.models.conditional_gan import ConditionalGAN
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.gan import GAN
from keras_rlgen.models.gated_pixel_cnn import GatedPixelCNN
from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.models.pixel_cnn import PixelCNN
from keras_rlgen.models.stochastic_generator import StochasticGenerator

__all__ = [
    "GAN",
    "ClassLabels",
    "ConditionalGAN",
    "Draw",
    "GatedPixelCNN",
    "GenerativeModel",
    "LikelihoodModel",
    "PixelCNN",
    "StochasticGenerator",
]
