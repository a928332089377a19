import keras
import tensorflow as tf

from keras_rlgen.models.experience.corrected_ends import first_accepted

NUM_CANDIDATES = 4


class CorrectedSamples(keras.layers.Layer):
    """Samples of a model of transitions, in the range of the data and with rare ends.

    A model is trained on batches with more ends than the data; of `NUM_CANDIDATES`
    samples of the model, one is chosen that corrects for that.

    Args:
        size: Integer, the numbers in a sample; the last is above 0 for an end.
        name: String.
    """

    def __init__(self, size, name="corrected_samples"):
        super().__init__(name=name)
        self._low, self._high = (
            self.add_weight(
                shape=(size,), initializer="zeros", trainable=False, name=bound
            )
            for bound in ("lowest", "highest")
        )
        self._odds_ratio = self.add_weight(
            shape=(), initializer="ones", trainable=False, name="odds_ratio"
        )
        self.built = True

    def adapt(self, samples, odds_ratio):
        """Sets the range of samples, and how far ends are overrepresented.

        Args:
            samples: Float32 tensor `(rows, size)`, of the data.
            odds_ratio: Float >= 1, the factor by which batches raise the odds of ends.
        """
        self._low.assign(tf.reduce_min(samples, axis=0))
        self._high.assign(tf.reduce_max(samples, axis=0))
        self._odds_ratio.assign(odds_ratio)

    def sample(self, model, count, key, condition=None):
        """Samples from a model, inside a graph.

        Args:
            model: `GenerativeModel` of vectors.
            count: Integer or int32 scalar tensor.
            key: Int32 tensor `(2,)`.
            condition: Float32 tensor `(count, dim)`, or `None`.

        Returns:
            Float32 tensor `(count, size)`.
        """
        keys = tf.unstack(tf.random.split(key, 2))
        if model.is_deterministic:  # Candidates would be equal.
            samples = model.sample(count, keys[0], condition)
            return tf.clip_by_value(samples, self._low, self._high)
        if condition is not None:
            condition = tf.tile(condition, (NUM_CANDIDATES, 1))
        samples = model.sample(NUM_CANDIDATES * count, keys[0], condition)
        samples = tf.clip_by_value(samples, self._low, self._high)
        acceptance = 1.0 / self._odds_ratio
        is_end = samples[:, -1] > 0.0
        return first_accepted(samples, is_end, acceptance, NUM_CANDIDATES, keys[1])
