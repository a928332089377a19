import keras
import tensorflow as tf

from keras_rlgen.layers.flow_chain import FlowChain


@keras.saving.register_keras_serializable("keras_rlgen")
class FactorOut(FlowChain):
    """Applies flow layers to the first half of the channels; the rest are latents.

    Half of an image's features pass to the base distribution at each scale, which
    halves the computation of the deeper layers.

    Args:
        layers: List of `FlowLayer`.

    Input shape:
        `(batch, ..., channels)`, two channels or more. The layers get the larger part
        of an odd number.

    Output shape:
        The same.

    Raises:
        ValueError: If there is only one channel.

    Example:

    >>> FactorOut([ActNorm()]).inner_shape((None, 4, 4, 4))
    (None, 4, 4, 2)

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), section 3.6,
        equations 14 to 16.
    """

    def inner_shape(self, input_shape):
        if input_shape[-1] < 2:
            raise ValueError(
                "`FactorOut` expected two channels or more. Received samples of shape "
                f"{('batch', *input_shape[1:])}. Put it inside a `Squeeze`."
            )
        return (*input_shape[:-1], input_shape[-1] - input_shape[-1] // 2)

    def into_layers(self, samples):
        channels = samples.shape[-1]
        kept = channels - channels // 2
        return samples[..., :kept], samples[..., kept:]

    def out_of_layers(self, inner, rest):
        return tf.concat([inner, rest], axis=-1)
