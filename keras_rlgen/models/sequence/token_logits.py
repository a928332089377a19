import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("keras_rlgen")
class TokenLogits(keras.layers.Layer):
    """The last layer of a backbone: float32 logits of each token of a step.

    Args:
        vocabulary_size: Integer >= 2.
        input_dim: Integer >= 1.
        voices: Integer, the tokens of a step; `None` for one token, without an axis.

    Example:

    >>> TokenLogits(5, input_dim=8, voices=4)(tf.zeros((2, 3, 8))).shape
    TensorShape([2, 3, 4, 5])
    """

    def __init__(self, vocabulary_size, input_dim, voices=None, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.input_dim = input_dim
        self.voices = voices
        size = vocabulary_size * (voices or 1)
        self.kernel = self.add_weight(
            (input_dim, size), "glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight((size,), "zeros", name="bias")
        self.built = True

    def call(self, features):
        kernel = tf.convert_to_tensor(self.kernel)
        logits = tf.tensordot(features, kernel, 1) + tf.convert_to_tensor(self.bias)
        logits = tf.cast(logits, tf.float32)
        if self.voices is None:
            return logits
        lead = tf.shape(logits)[:-1]
        shape = tf.concat([lead, [self.voices, self.vocabulary_size]], axis=0)
        static = [*logits.shape[:-1], self.voices, self.vocabulary_size]
        return tf.ensure_shape(tf.reshape(logits, shape), static)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary_size": self.vocabulary_size,
            "input_dim": self.input_dim,
            "voices": self.voices,
        }
