import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.music.encodings.encoding import Encoding
from keras_rlgen.music.grid import Grid
from keras_rlgen.music.note import Note

LOWEST, NUM_KEYS = 21, 88  # From A0 to C8.


@keras.saving.register_keras_serializable("keras_rlgen")
class PianoRollEncoding(Encoding):
    """Encodes music as the 88 keys of a piano, `(steps, 88)`, each pressed (1) or not.

    A generator with `voices=88` and a vocabulary of 2 predicts the keys independently,
    given the steps before. A key pressed at successive steps is one note. There are no
    voices: rewards of melodies and of the movement of voices need another encoding.

    Args:
        steps_per_quarter: Integer >= 1.

    Raises:
        ValueError: If `steps_per_quarter` is not a positive integer.

    Example:

    >>> encoding = PianoRollEncoding()
    >>> tokens = encoding.encode_notes([Note(60, 0.0, 1.0), Note(64, 0.0, 2.0)])
    >>> tokens.shape, tokens.sum(axis=1).tolist()
    ((2, 88), [2, 1])

    Reference:
        [Boulanger-Lewandowski et al., 2012](https://arxiv.org/abs/1206.6392), whose
        published likelihoods are of such frames, of a quarter note in the chorales.
    """

    vocabulary_size = 2
    num_voices = NUM_KEYS
    voices = NUM_KEYS
    has_voices = False

    def __init__(self, steps_per_quarter=1):
        super().__init__(steps_per_quarter)

    def sample_shape(self, num_steps):
        return (num_steps, NUM_KEYS)

    def has_pitches(self, pitches):
        return not np.any(_outside(np.asarray(pitches)))

    def tokens_of_steps(self, pitches, onsets, length=None):
        pitches = np.asarray(pitches)
        _check_pitches(pitches)
        if length not in (None, pitches.shape[-2]):
            raise ValueError(
                f"Expected a piece of {length} steps. Received: {pitches.shape[-2]} "
                "steps. A piano roll has no end token."
            )
        rolls = np.zeros((*pitches.shape[:-1], NUM_KEYS), np.int32)
        for voice in range(pitches.shape[-1]):
            keys = pitches[..., voice, np.newaxis] - LOWEST
            rolls |= keys == np.arange(NUM_KEYS)
        return rolls

    def encode_notes(self, notes, num_steps=None):
        """Encodes notes, of any number at a time.

        Args:
            notes: List of `Note`.
            num_steps: As in `encode`.

        Returns:
            Int32 array `(num_steps, 88)`.
        """
        if not all(isinstance(note, Note) for note in notes):
            raise TypeError(f"Expected a list of `Note`. Received: {notes!r}")
        voices = [[] for _ in range(NUM_KEYS)]
        _check_pitches(np.asarray([note.pitch for note in notes]))
        for note in notes:
            voices[int(note.pitch) - LOWEST].append(note)
        return self.encode(voices, num_steps)

    def grid(self, tokens):
        tokens = self.checked(tokens)
        pressed = tokens > 0
        pitches = tf.where(pressed, tf.range(NUM_KEYS) + LOWEST, -1)
        before = tf.pad(pressed[:, :-1], [[0, 0], [1, 0], [0, 0]])
        valid = tf.ones(tf.shape(tokens)[:2], tf.bool)
        return Grid(pitches, pressed & ~before, valid)

    def get_config(self):
        return {"steps_per_quarter": self.steps_per_quarter}


def _outside(pitches):
    return (pitches != -1) & ((pitches < LOWEST) | (pitches >= LOWEST + NUM_KEYS))


def _check_pitches(pitches):
    outside = _outside(pitches)
    if np.any(outside):
        found = sorted(set(pitches[outside].tolist()))
        raise ValueError(
            f"A piano has the MIDI pitches {LOWEST} to {LOWEST + NUM_KEYS - 1}, and -1 "
            f"stands for a rest. Received: {found[:10]}"
        )
