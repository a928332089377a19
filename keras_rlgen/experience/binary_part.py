import math

import tensorflow as tf

from keras_rlgen.experience.vector_part import VectorPart
from keras_rlgen.training.stateless_random import uniform


class BinaryPart(VectorPart):
    """Booleans: 0 or 1, and the logit of 1 in what a network answers.

    The loss is the binary cross-entropy, in nats.

    Args:
        name: String.
        spec: `ArraySpec`, of bool.
        start: Integer, where the part begins in the vector.
    """

    kind = "binary"

    def __init__(self, name, spec, start):
        super().__init__(name, spec, start, math.prod(spec.shape))

    def _encode(self, values):
        return tf.cast(values, tf.float32)

    def _decode(self, vector, seed):
        if seed is None:
            return vector > 0.0
        draws = uniform(tf.shape(vector), seed, 0.0, 1.0)
        return draws < tf.sigmoid(vector)

    def loss(self, targets, outputs, positive_weight=1.0):
        losses = tf.nn.weighted_cross_entropy_with_logits(
            targets, outputs, positive_weight
        )
        return tf.reduce_sum(losses, axis=1)
