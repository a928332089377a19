import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.melody_notes import melody_notes
from keras_rlgen.music.rewards.music_reward import VoiceReward, fraction


@keras.saving.register_keras_serializable("keras_rlgen")
class RepeatedNotes(VoiceReward):
    """Minus the fraction of notes that repeat a pitch too often in a row.

    A note counts if it and the `limit` notes before have the same pitch. 0 is best.

    Args:
        encoding: The `Encoding` of the samples.
        limit: Integer >= 1, how many repeats are allowed.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If `limit` is below 1.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 60, 60, 60]])
    >>> RepeatedNotes(encoding, limit=2)(melody).numpy()
    array([-0.5], dtype=float32)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4.1, which
        allows four of a note in a row, and more with a rest between; here rests do not
        matter.
    """

    def __init__(self, encoding, limit=3, voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        if not is_integer(limit) or limit < 1:
            raise ValueError(
                f"Expected `limit` to be a positive integer. Received: {limit!r}"
            )
        self.limit = limit

    def score(self, grid):
        notes = melody_notes(grid)
        return -fraction(repeated(notes, self.limit), notes.present)

    def get_config(self):
        return {**super().get_config(), "limit": self.limit}


def repeated(notes, limit):
    """Returns which notes have the pitch of the `limit` notes before.

    Args:
        notes: `MelodyNotes`.
        limit: Integer >= 1.

    Returns:
        Bool tensor `(batch, notes)`.
    """
    result = notes.present
    for lag in range(1, limit + 1):
        before = tf.pad(
            notes.pitches[:, :-lag], [[0, 0], [lag, 0]], constant_values=-1
        )[:, : notes.pitches.shape[1]]
        result &= notes.pitches == before
    return result
