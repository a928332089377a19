import numpy as np
import tensorflow as tf

from keras_rlgen.experience.vector_part import VectorPart
from keras_rlgen.training.stateless_random import gumbel

MAX_CATEGORIES = 10_000
NO_LOGIT = -1e30  # Where there is no category; finite, for the sake of gradients.


class DiscretePart(VectorPart):
    """Integers with bounds: a one-hot vector for each, one after the other.

    The loss is the cross-entropy, in nats. An integer out of its bounds is encoded as
    zeros.

    Args:
        name: String.
        spec: `ArraySpec`, of an integer dtype, with bounds.
        start: Integer, where the part begins in the vector.

    Raises:
        ValueError: If there are no bounds, or too many values.
    """

    kind = "discrete"

    def __init__(self, name, spec, start):
        self._minimum, counts = _categories(name, spec)
        size = int(counts.sum())
        super().__init__(name, spec, start, size)
        # Elements may have different numbers of categories: `(elements, categories)`.
        category = np.arange(counts.max(initial=1))
        first = (np.cumsum(counts) - counts)[:, None]
        self._exists = category < counts[:, None]
        self._places = np.where(self._exists, first + category, size)

    def _encode(self, values):
        category = tf.cast(tf.cast(values, tf.int64) - self._minimum, tf.int32)
        one_hot = tf.one_hot(category, self._places.shape[1])
        one_hot = tf.reshape(one_hot, (-1, self._places.size))
        return tf.gather(one_hot, np.flatnonzero(self._exists), axis=1)

    def _decode(self, vector, seed):
        logits = self._by_element(vector, NO_LOGIT)
        if seed is not None:
            logits += gumbel(tf.shape(logits), seed)
        category = tf.argmax(logits, axis=-1, output_type=tf.int64)
        return tf.cast(category + self._minimum, self.spec.dtype)

    def loss(self, targets, outputs):
        log_probabilities = tf.nn.log_softmax(self._by_element(outputs, NO_LOGIT))
        targets = self._by_element(targets, 0.0)
        return -tf.reduce_sum(targets * log_probabilities, axis=(1, 2))

    def _by_element(self, vector, missing):
        """Returns `(B, elements, categories)`, with a number where there is none."""
        vector = tf.pad(vector, ((0, 0), (0, 1)), constant_values=missing)
        return tf.gather(vector, self._places, axis=1)


def _categories(name, spec):
    """Returns the smallest value and the number of values of each element."""
    if spec.minimum is None:
        raise ValueError(
            f"Expected the spec of `{name}` to have `minimum` and `maximum`, as its "
            f"values are of dtype {spec.dtype.name}. Received: none. Give "
            "`ArraySpec(shape, dtype, minimum, maximum)`, or record it as a float if "
            "its values are amounts rather than choices."
        )
    low, high = (
        np.broadcast_to(bound.astype("int64"), spec.shape).reshape(-1)
        for bound in (spec.minimum, spec.maximum)
    )
    counts = high - low + 1
    if counts.sum() > MAX_CATEGORIES or counts.min(initial=1) < 1:
        raise ValueError(
            f"Expected `{name}` to have at most {MAX_CATEGORIES} values in all, as "
            "each takes a place in a one-hot vector. Received: "
            f"minimum={spec.minimum}, maximum={spec.maximum}. Record it as a float if "
            "its values are amounts rather than choices."
        )
    return low, counts
