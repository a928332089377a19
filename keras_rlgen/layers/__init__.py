"""Layers: masked convolutions, attention, invertible layers, running statistics."""

from keras_rlgen.layers.act_norm import ActNorm
from keras_rlgen.layers.affine_coupling import AffineCoupling
from keras_rlgen.layers.causal_self_attention import CausalSelfAttention
from keras_rlgen.layers.ensemble_dense import EnsembleDense
from keras_rlgen.layers.factor_out import FactorOut
from keras_rlgen.layers.flow_chain import FlowChain
from keras_rlgen.layers.flow_layer import FlowLayer
from keras_rlgen.layers.gated_block import GatedBlock
from keras_rlgen.layers.masked_convolution import MaskedConvolution
from keras_rlgen.layers.masked_dense import MaskedDense
from keras_rlgen.layers.random_mask import RandomMask, fill_in, mask_images
from keras_rlgen.layers.running_moments import RunningMoments
from keras_rlgen.layers.squeeze import Squeeze

__all__ = [
    "ActNorm",
    "AffineCoupling",
    "CausalSelfAttention",
    "EnsembleDense",
    "FactorOut",
    "FlowChain",
    "FlowLayer",
    "GatedBlock",
    "MaskedConvolution",
    "MaskedDense",
    "RandomMask",
    "RunningMoments",
    "Squeeze",
    "fill_in",
    "mask_images",
]
