import keras
import tensorflow as tf

from keras_rlgen.layers.flow_chain import FlowChain


@keras.saving.register_keras_serializable("keras_rlgen")
class Squeeze(FlowChain):
    """Applies flow layers to images of half the size and four times the channels.

    Each square of 2 x 2 pixels becomes one pixel for the inner layers, and four pixels
    again after them. This is a permutation, so the log-determinant is that of the
    layers.

    Args:
        layers: List of `FlowLayer`.

    Input shape:
        `(batch, height, width, channels)`, height and width even.

    Output shape:
        The same.

    Raises:
        ValueError: If the samples are not images of even height and width.

    Example:

    >>> Squeeze([]).into_layers(tf.zeros((1, 4, 6, 1)))[0].shape
    TensorShape([1, 2, 3, 4])

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), section 3.6, figure 3.
    """

    def inner_shape(self, input_shape):
        if len(input_shape) != 4 or input_shape[1] % 2 or input_shape[2] % 2:
            raise ValueError(
                "`Squeeze` expected images of even height and width. Received samples "
                f"of shape {('batch', *input_shape[1:])}. Pad them, or use fewer "
                "scales."
            )
        batch, height, width, channels = input_shape
        return batch, height // 2, width // 2, 4 * channels

    def into_layers(self, samples):
        return tf.nn.space_to_depth(samples, 2), ()

    def out_of_layers(self, inner, rest):
        return tf.nn.depth_to_space(inner, 2)
