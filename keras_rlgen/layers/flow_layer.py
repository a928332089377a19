"""Base class of invertible layers with a log-determinant."""

import keras
import tensorflow as tf


class FlowLayer(keras.layers.Layer):
    """Base class of invertible maps from samples to latents of the same shape.

    Forward, from samples to latents, is used in training; inverse in sampling.
    Subclasses implement `_forward` and `_inverse`, each of which returns its output and
    its log-determinant, `log |det dy/dx|`.

    Unlike TensorFlow Probability's bijectors, which take functions and vectors, these
    are Keras layers, whose networks are tracked, saved and trained with the model, and
    which also take images. Flows compute in float32.

    Attributes:
        conditional: Whether the layer, or one inside, needs a condition.
    """

    conditional = False

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)

    def forward_and_log_det(self, samples, condition=None):
        """Computes latents and the log-determinant.

        Args:
            samples: Float32 tensor `(batch, ...)`.
            condition: Tensor `(batch, ...)`, of a conditional flow: class labels are
                int32 `(batch,)`.

        Returns:
            A pair: float32 tensors of the samples' shape, and `(batch,)`, in nats.
        """
        self.ensure_built(samples.shape)
        return self._forward(samples, condition)

    def inverse_and_log_det(self, latents, condition=None):
        """Computes samples and the log-determinant of the inverse.

        Args:
            latents: Float32 tensor `(batch, ...)`.
            condition: As in `forward_and_log_det`.

        Returns:
            A pair: float32 tensors of the latents' shape, and `(batch,)`, in nats.
        """
        self.ensure_built(latents.shape)
        return self._inverse(latents, condition)

    def _forward(self, samples, condition):
        raise NotImplementedError

    def _inverse(self, latents, condition):
        raise NotImplementedError

    def ensure_built(self, shape):
        """Builds the layer for samples of a shape, if it is not built."""
        if not self.built:
            self.build(shape)

    def initialize(self, samples, condition=None):
        """Initialises data-dependent weights; returns the latents of the samples.

        Args:
            samples: Float32 tensor `(batch, ...)`.
            condition: As in `forward_and_log_det`.
        """
        return self.forward_and_log_det(samples, condition)[0]

    def call(self, samples, condition=None):
        """Returns latents, as `forward_and_log_det` does."""
        return self._forward(samples, condition)[0]

    def compute_output_shape(self, input_shape):
        return input_shape


def sum_over_sample(values):
    """Sums over all axes but the first, `(batch,)`.

    >>> sum_over_sample(tf.ones((2, 3, 4))).numpy()
    array([12., 12.], dtype=float32)
    """
    return tf.reduce_sum(values, axis=tuple(range(1, values.shape.rank)))
