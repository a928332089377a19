import keras

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.melody_notes import melody_notes
from keras_rlgen.music.rewards.music_reward import VoiceReward, fraction


@keras.saving.register_keras_serializable("keras_rlgen")
class LeapsResolved(VoiceReward):
    """The fraction of leaps that the next note resolves.

    A leap is an interval of at least `leap` semitones. It is resolved if the melody
    then moves the other way. A leap to the last note is not counted. 1 is best, and the
    value of a melody without leaps: more leaps are not asked for.

    Args:
        encoding: The `Encoding` of the samples.
        leap: Integer >= 3, semitones: 5 for a fourth and more, 7 for a fifth and more.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If `leap` is below 3.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melodies = encoding.tokens([[60, 67, 65, 64], [60, 67, 69, 70]])
    >>> LeapsResolved(encoding)(melodies).numpy()
    array([1., 0.], dtype=float32)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4.1, "leaps
        resolved", after Gauldin, 1995. Its leaps are of a fifth and more.
    """

    def __init__(self, encoding, leap=5, voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        if not is_integer(leap) or leap < 3:
            raise ValueError(
                f"Expected `leap` to be 3 semitones or more. Received: {leap!r}"
            )
        self.leap = leap

    def score(self, grid):
        leaps, resolved = leaps_of(melody_notes(grid), self.leap)
        return fraction(resolved, leaps, default=1.0)

    def get_config(self):
        return {**super().get_config(), "leap": self.leap}


def leaps_of(notes, leap):
    """Returns where a melody leaps, and where the next note moves the other way.

    Args:
        notes: `MelodyNotes`.
        leap: Integer, semitones.

    Returns:
        A pair of bool tensors `(batch, notes - 2)`.
    """
    intervals = notes.pitches[:, 1:] - notes.pitches[:, :-1]
    # Of three notes in a row, the first interval is the leap.
    first, second = intervals[:, :-1], intervals[:, 1:]
    leaps = ((first >= leap) | (first <= -leap)) & notes.present[:, 2:]
    return leaps, leaps & (first * second < 0)
