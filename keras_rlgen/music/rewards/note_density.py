import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.music.rewards.music_reward import VoiceReward


@keras.saving.register_keras_serializable("keras_rlgen")
class NoteDensity(VoiceReward):
    """Minus the distance to a number of notes for each quarter note.

    `-|notes / quarters - target|`, of one voice. 0 is best.

    Args:
        encoding: The `Encoding` of the samples.
        target: Float >= 0, notes for each quarter note, such as that of real music:
            `statistics(...)["notes_per_quarter"]`.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If `target` is negative or not finite.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=2)
    >>> melody = encoding.tokens([[60, 62, 64, 65]])
    >>> NoteDensity(encoding, target=1.0)(melody).numpy()
    array([-1.], dtype=float32)

    Reference:
        The feature "note density" of jSymbolic (McKay and Fujinaga, 2006), in quarter
        notes in place of seconds.
    """

    def __init__(self, encoding, target=1.0, voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        if not (is_number(target) and 0.0 <= target < np.inf):
            raise ValueError(
                "Expected `target` to be finite and zero or above. "
                f"Received: {target!r}"
            )
        self.target = float(target)

    def score(self, grid):
        density = notes_per_quarter(grid, self.encoding.steps_per_quarter)
        return -tf.abs(density - self.target)

    def get_config(self):
        return {**super().get_config(), "target": self.target}


def notes_per_quarter(grid, steps_per_quarter):
    """Returns the notes of each voice for a quarter note, the mean over voices.

    Args:
        grid: `Grid`.
        steps_per_quarter: Integer.

    Returns:
        Float32 tensor `(batch,)`.
    """
    onsets = tf.cast(grid.onsets & grid.valid[..., tf.newaxis], tf.float32)
    number = tf.reduce_mean(tf.reduce_sum(onsets, axis=1), axis=1)
    steps = tf.reduce_sum(tf.cast(grid.valid, tf.float32), axis=1)
    return tf.math.divide_no_nan(number * steps_per_quarter, steps)
