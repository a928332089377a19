import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.experience.column_statistics import column_statistics

MARGIN = 2.0  # of the range of observations, beyond which nothing is predicted
REWARD_MARGIN = 0.25  # of the range of rewards, likewise
MAX_END_WEIGHT = 10.0


class StepStatistics(keras.layers.Layer):
    """What a `WorldModel` knows of its training data beside its networks.

    Observations that are vectors are standardised, images scaled to [0, 1]; rewards are
    standardised, and predictions of both kept near the range of the data.

    Args:
        observation_shape: Tuple.
        name: String.
    """

    def __init__(self, observation_shape, name="step_statistics"):
        super().__init__(name=name)
        self.observation_shape = tuple(observation_shape)
        self.is_image = len(observation_shape) == 3
        self.size = int(np.prod(observation_shape))
        shape = () if self.is_image else (self.size,)
        self._of_observation = self._statistics("observation", shape)
        self._of_reward = self._statistics("reward", ())
        self.end_weight = self.add_weight(
            shape=(), initializer="ones", trainable=False, name="end_weight"
        )
        self.has_ends = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="has_ends"
        )
        self.built = True

    def _statistics(self, name, shape):
        """Returns variables: what values are scaled by, and their range when scaled."""
        return {
            key: self.add_weight(
                shape=shape, initializer=initial, trainable=False, name=f"{name}_{key}"
            )
            for key, initial in (
                ("mean", "zeros"),
                ("scale", "ones"),
                ("low", "zeros"),
                ("high", "zeros"),
            )
        }

    def adapt(self, experience):
        """Computes the statistics.

        Args:
            experience: `Experience`.

        Returns:
            The mean and the standard deviation of the changes of standardised
            observations, float32 `(size,)`; `None` for images.
        """
        observations = np.asarray(experience.observations, "float32")
        rows = observations.reshape(len(observations), -1)
        rewards = experience.rewards[:, np.newaxis]
        changes = None
        if self.is_image:
            low, high = rows.min(), rows.max()
            scale = high - low if high > low else np.float32(1.0)
            self._assign(self._of_observation, low, scale, low, high)
        else:
            mean, scale = column_statistics(rows)
            self._assign(
                self._of_observation, mean, scale, rows.min(axis=0), rows.max(axis=0)
            )
            transition = experience.transitions()
            before, after = (
                np.reshape(x, (len(experience), -1)).astype("float32")
                for x in (transition.observation, transition.next_observation)
            )
            magnitude = np.abs(rows).max(axis=0)
            difference_mean, difference_scale = column_statistics(
                after - before, magnitude
            )
            changes = difference_mean / scale, difference_scale / scale
        mean, scale = column_statistics(rewards)
        self._assign(self._of_reward, mean[0], scale[0], rewards.min(), rewards.max())
        ends = np.mean(experience.transitions().terminated)
        self.has_ends.assign(float(ends > 0.0))
        odds = (1.0 - ends) / ends if ends else 1.0
        self.end_weight.assign(np.clip(odds, 1.0, MAX_END_WEIGHT))
        return changes

    def _assign(self, variables, mean, scale, low, high):
        values = mean, scale, (low - mean) / scale, (high - mean) / scale
        for key, value in zip(("mean", "scale", "low", "high"), values, strict=True):
            variables[key].assign(value)

    def encode(self, observation):
        """Returns standardised observations `(B, size)`, or images `(B, ...)`.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.
        """
        if not self.is_image:
            observation = tf.reshape(observation, (-1, self.size))
        return (observation - self._of_observation["mean"]) / self._scale

    def decode(self, encoded):
        """Returns observations.

        Args:
            encoded: Float32 tensor `(B, size)`, or `(B, ...)`.
        """
        values = self._of_observation["mean"] + self._scale * encoded
        return tf.reshape(values, (-1, *self.observation_shape))

    def clip(self, encoded):
        """Returns encoded vectors in the range of the data and a margin, or images.

        Args:
            encoded: Float32 tensor `(B, size)`, or images, which have no margin.
        """
        margin = 0.0 if self.is_image else MARGIN
        return tf.clip_by_value(encoded, *_range(self._of_observation, margin))

    def distance(self, observation):
        """Returns how far observations are beyond the range of the training data.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.

        Returns:
            Float32 tensor `(B,)`, 0 within; the largest over the elements, in standard
            deviations of the training data, of images in units of their range.
        """
        low, high = _range(self._of_observation, 0.0)
        rows = tf.reshape(self.encode(observation), (-1, self.size))
        beyond = tf.maximum(low - rows, rows - high)
        return tf.reduce_max(tf.maximum(beyond, 0.0), axis=1)

    def encode_reward(self, reward):
        """Returns standardised rewards.

        Args:
            reward: Float32 tensor.
        """
        return (reward - self._of_reward["mean"]) / self._of_reward["scale"]

    def decode_reward(self, encoded):
        """Returns rewards, in the range of the training data and a margin.

        Args:
            encoded: Float32 tensor.
        """
        low, high = _range(self._of_reward, REWARD_MARGIN)
        encoded = tf.clip_by_value(encoded, low, high)
        return self._of_reward["mean"] + self._of_reward["scale"] * encoded

    def end_probability(self, logit):
        """Returns the probability of an end, corrected for the weight of ends.

        Args:
            logit: Float32 tensor, trained with `end_weight`.
        """
        return self.has_ends * tf.sigmoid(logit - tf.math.log(self.end_weight))

    @property
    def _scale(self):
        return self._of_observation["scale"]


def _range(parts, margin):
    """Returns the range of scaled values, widened on both sides by a part of it."""
    low, high = parts["low"].value, parts["high"].value
    return low - margin * (high - low), high + margin * (high - low)
