"""Generative models trained by likelihood or adversarially."""

from keras_rlgen.models.autoencoder.categorical_latents import CategoricalLatents
from keras_rlgen.models.autoencoder.categorical_vae import CategoricalVAE
from keras_rlgen.models.autoencoder.gaussian_latents import GaussianLatents
from keras_rlgen.models.autoencoder.latent_variable_model import LatentVariableModel
from keras_rlgen.models.autoencoder.vae import VAE
from keras_rlgen.models.autoregressive.gated_pixel_cnn import GatedPixelCNN
from keras_rlgen.models.autoregressive.made import MADE
from keras_rlgen.models.autoregressive.masked_network import masked_network
from keras_rlgen.models.autoregressive.pixel_cnn import PixelCNN
from keras_rlgen.models.conditions.class_labels import ClassLabels
from keras_rlgen.models.conditions.degraded_images import DegradedImages
from keras_rlgen.models.conditions.prompts import Prompts
from keras_rlgen.models.conditions.vector_condition import VectorCondition
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.experience.dynamics_network import DynamicsNetwork
from keras_rlgen.models.experience.experience_ensemble import ExperienceEnsemble
from keras_rlgen.models.experience.experience_generator import ExperienceGenerator
from keras_rlgen.models.experience.transition_gan import TransitionGAN
from keras_rlgen.models.experience.transition_vectors import TransitionVectors
from keras_rlgen.models.flow.coupling_flows import image_flow, vector_flow
from keras_rlgen.models.flow.real_nvp import RealNVP
from keras_rlgen.models.gan.conditional_gan import ConditionalGAN
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.models.latent_directions import (
    attribute_direction,
    orthogonalized,
    principal_directions,
    traverse,
)
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.models.sequence.causal_lm_backbone import CausalLMBackbone
from keras_rlgen.models.sequence.prefix_backbone import PrefixBackbone
from keras_rlgen.models.sequence.recurrent_backbone import RecurrentBackbone
from keras_rlgen.models.sequence.sequence_discriminators import (
    convolutional_discriminator,
    recurrent_discriminator,
)
from keras_rlgen.models.sequence.sequence_generator import SequenceGenerator
from keras_rlgen.models.sequence.transformer_backbone import TransformerBackbone
from keras_rlgen.models.stochastic_generator import StochasticGenerator

__all__ = [
    "GAN",
    "MADE",
    "VAE",
    "CategoricalLatents",
    "CategoricalVAE",
    "CausalLMBackbone",
    "ClassLabels",
    "ConditionalGAN",
    "DegradedImages",
    "Draw",
    "DynamicsNetwork",
    "ExperienceEnsemble",
    "ExperienceGenerator",
    "GatedPixelCNN",
    "GaussianLatents",
    "GenerativeModel",
    "LatentVariableModel",
    "LikelihoodModel",
    "PixelCNN",
    "PrefixBackbone",
    "Prompts",
    "RealNVP",
    "RecurrentBackbone",
    "SequenceGenerator",
    "StochasticGenerator",
    "TransformerBackbone",
    "TransitionGAN",
    "TransitionVectors",
    "VectorCondition",
    "attribute_direction",
    "convolutional_discriminator",
    "image_flow",
    "masked_network",
    "orthogonalized",
    "principal_directions",
    "recurrent_discriminator",
    "traverse",
    "vector_flow",
]
