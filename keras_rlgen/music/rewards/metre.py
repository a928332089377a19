import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.rewards.music_reward import MusicReward


@keras.saving.register_keras_serializable("keras_rlgen")
class Metre(MusicReward):
    """How strong the places in the bar are at which notes begin.

    The weight of a place is 1 for the beginning of a bar, 3/4 for its middle, 1/2 for
    the other quarter notes, 1/4 for eighths and 1/8 for what is shorter. The value is
    the mean over the notes of all voices, 0 without notes. Few notes on strong places
    have the highest value, 1: combine it with `NoteDensity`.

    Args:
        encoding: The `Encoding` of the samples.
        quarters_per_bar: Integer >= 1. Without a middle if it is odd.

    Raises:
        ValueError: If `quarters_per_bar` is not a positive integer.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 62, 64, 65]])
    >>> Metre(encoding)(melody).numpy()
    array([0.6875], dtype=float32)

    Reference:
        Lerdahl and Jackendoff, 1983, *A Generative Theory of Tonal Music*, chapter 4,
        for the levels of a metre; the weights are ours.
    """

    def __init__(self, encoding, quarters_per_bar=4, name=None, **kwargs):
        super().__init__(encoding, name=name, **kwargs)
        check_bar(quarters_per_bar)
        self.quarters_per_bar = quarters_per_bar

    def score(self, grid):
        steps = grid.onsets.shape[1]
        weights = metrical_weights(
            self.encoding.steps_per_quarter, self.quarters_per_bar
        )
        weights = tf.constant(np.resize(weights, steps), tf.float32)
        onsets = tf.cast(grid.onsets & grid.valid[..., tf.newaxis], tf.float32)
        number = tf.reduce_sum(onsets, axis=2)
        total = tf.linalg.matvec(number, weights)
        return tf.math.divide_no_nan(total, tf.reduce_sum(number, axis=1))

    def get_config(self):
        return {**super().get_config(), "quarters_per_bar": self.quarters_per_bar}


def check_bar(quarters_per_bar):
    """Raises `ValueError` unless it is a positive integer."""
    if not is_integer(quarters_per_bar) or quarters_per_bar < 1:
        raise ValueError(
            "Expected `quarters_per_bar` to be a positive integer. "
            f"Received: {quarters_per_bar!r}"
        )


def metrical_weights(steps_per_quarter, quarters_per_bar):
    """Returns the weight of each step of a bar, as `Metre` has it.

    Example:

    >>> metrical_weights(steps_per_quarter=2, quarters_per_bar=4).tolist()
    [1.0, 0.25, 0.5, 0.25, 0.75, 0.25, 0.5, 0.25]
    """
    steps = steps_per_quarter * quarters_per_bar
    weights = np.full(steps, 0.125)
    if steps_per_quarter % 2 == 0:
        weights[:: steps_per_quarter // 2] = 0.25
    weights[::steps_per_quarter] = 0.5
    if quarters_per_bar % 2 == 0:
        weights[steps // 2] = 0.75
    weights[0] = 1.0
    return weights
