import math

import numpy as np
import tensorflow as tf

from keras_rlgen.experience.vector_part import VectorPart


class ContinuousPart(VectorPart):
    """Floats or pixels (uint8): their numbers, in the order of a flattened array.

    What is decoded is clipped to the bounds of the spec, if it has bounds, and rounded
    for pixels. The loss is the squared error.

    Args:
        name: String.
        spec: `ArraySpec`, of a float or of uint8.
        start: Integer, where the part begins in the vector.
    """

    kind = "continuous"

    def __init__(self, name, spec, start):
        super().__init__(name, spec, start, math.prod(spec.shape))

    def _encode(self, values):
        return tf.cast(values, tf.float32)

    def _decode(self, vector, seed):
        if self.spec.minimum is not None:
            low, high = (
                np.broadcast_to(bound, self.spec.shape).reshape(-1).astype("float32")
                for bound in (self.spec.minimum, self.spec.maximum)
            )
            vector = tf.clip_by_value(vector, low, high)
        if self.spec.dtype == tf.uint8:
            vector = tf.round(vector)
        return tf.saturate_cast(vector, self.spec.dtype)

    def loss(self, targets, outputs):
        return tf.reduce_sum(tf.math.squared_difference(targets, outputs), axis=1)
