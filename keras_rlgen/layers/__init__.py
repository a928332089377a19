"""Layers of generative models: masked convolutions and invertible layers."""

from keras_rlgen.layers.gated_block import GatedBlock
from keras_rlgen.layers.masked_convolution import MaskedConvolution

__all__ = ["GatedBlock", "MaskedConvolution"]
