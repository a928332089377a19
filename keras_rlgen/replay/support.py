import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number


@keras.saving.register_keras_serializable("keras_rlgen", name="SupportGate")
class Support:
    """Admits generated steps to observations near those of the training data.

    A gate of `Synthetic` for a generator of any family. The distance of an observation
    is that to the nearest of `num_references` recorded ones, in the standardised
    numbers of the generator's codec. The largest that is admitted is measured:
    `Synthetic` calls `adapt` with training and held-out episodes after each training of
    the model.

    Args:
        quantile: Float in (0, 1]: the part of the held-out observations that would be
            admitted. Defaults to 0.99.
        num_references: Integer >= 1, the observations to compare with, sampled from the
            training data. Defaults to 500.

    Attributes:
        threshold: Float32 variable, the largest distance; NaN before `adapt`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, quantile=0.99, num_references=500):
        if not (is_number(quantile) and 0.0 < quantile <= 1.0):
            raise ValueError(f"Expected `quantile` in (0, 1]. Received: {quantile!r}")
        if not is_integer(num_references) or num_references < 1:
            raise ValueError(
                "Expected `num_references` to be an integer >= 1. Received: "
                f"{num_references!r}"
            )
        self.quantile = float(quantile)
        self.num_references = num_references
        self.threshold = tf.Variable(float("nan"), trainable=False)
        self._references = None

    @property
    def variables(self):
        """Dict from names to variables, which are saved with the agent."""
        return {"threshold": self.threshold, "references": self._references}

    @property
    def is_adapted(self):
        """Whether `adapt` was called."""
        return bool(np.isfinite(self.threshold.numpy()))

    def check(self, generator):
        """Makes the variables for a generator; raises `ValueError` for another one.

        Args:
            generator: `keras_rlgen.models.ExperienceGenerator`.
        """
        shape = self.num_references, generator.codec.observation_dim
        if self._references is None:
            self._references = tf.Variable(tf.zeros(shape), trainable=False)
        if tuple(self._references.shape) != shape:
            raise ValueError(
                f"Expected a generator of observations of {self._references.shape[1]} "
                f"numbers, as before. Received: {shape[1]}. Make another `Support`."
            )

    def adapt(self, generator, train, held_out):
        """Samples the observations to compare with, and measures the threshold.

        Args:
            generator: `ExperienceGenerator`, trained.
            train: `Experience`.
            held_out: `Experience`.
        """
        self.check(generator)
        observed = generator.codec.encode_observation(train.observations).numpy()
        random = np.random.default_rng(0)
        chosen = random.permutation(len(observed))
        self._references.assign(observed[np.resize(chosen, self.num_references)])
        distance = self.distance(generator, held_out.observations)
        self.threshold.assign(np.quantile(distance, self.quantile))

    def distance(self, generator, observation):
        """Returns the distance of observations, float32 `(B,)`.

        Args:
            generator: `ExperienceGenerator`.
            observation: Nest of tensors `(B, ...)`.
        """
        x = generator.codec.encode_observation(observation)
        y = self._references
        squared = (
            tf.reduce_sum(tf.square(x), axis=1, keepdims=True)
            - 2.0 * tf.matmul(x, y, transpose_b=True)
            + tf.reduce_sum(tf.square(y), axis=1)
        )
        return tf.sqrt(tf.maximum(tf.reduce_min(squared, axis=1), 0.0))

    def __call__(self, generator, transition, seed):
        """Returns which steps to admit, bool `(B,)`.

        Args:
            generator: `ExperienceGenerator`.
            transition: `Transition` of tensors `(B, ...)`.
            seed: Int32 tensor `(2,)`, not used.
        """
        distance = self.distance(generator, transition.next_observation)
        return distance <= self.threshold

    def get_config(self):
        return {"quantile": self.quantile, "num_references": self.num_references}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
