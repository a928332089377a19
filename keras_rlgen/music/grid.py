from typing import NamedTuple

import tensorflow as tf


class Grid(NamedTuple):
    """What sounds at each step of pieces, whatever their encoding.

    Attributes:
        pitches: Int32 tensor `(batch, steps, voices)`, the MIDI pitch that sounds in
            each voice, -1 where none does.
        onsets: Bool tensor `(batch, steps, voices)`, whether a note begins there.
        valid: Bool tensor `(batch, steps)`, false from the end token on.

    Example:

    >>> grid = MelodyEncoding().grid(tf.constant([[5, 5, 5]]))
    >>> grid.pitches.shape
    TensorShape([1, 3, 1])
    """

    pitches: tf.Tensor
    onsets: tf.Tensor
    valid: tf.Tensor

    @property
    def sounding(self):
        """Bool tensor `(batch, steps, voices)`, whether a note sounds."""
        return self.pitches >= 0

    def voice(self, index):
        """Returns the grid of one voice, with an axis of length 1."""
        part = slice(index, index + 1)
        return Grid(self.pitches[..., part], self.onsets[..., part], self.valid)


def held_pitches(pitches, is_hold):
    """Returns the pitches that sound, where some steps hold the one before.

    Args:
        pitches: Int32 tensor `(batch, steps, voices)`, -1 for a rest; ignored where
            `is_hold`.
        is_hold: Bool tensor `(batch, steps, voices)`. A hold after a rest, or at the
            first step, is a rest.

    Returns:
        Int32 tensor `(batch, steps, voices)`.

    Example:

    >>> pitches = tf.reshape([60, 0, -1, 0, 64], (1, 5, 1))
    >>> is_hold = tf.reshape([False, True, False, True, False], (1, 5, 1))
    >>> tf.reshape(held_pitches(pitches, is_hold), [-1]).numpy()
    array([60, 60, -1, -1, 64], dtype=int32)
    """
    steps = pitches.shape[1]
    places = tf.reshape(tf.range(steps), [1, steps, 1])
    latest = tf.where(is_hold, -1, tf.broadcast_to(places, tf.shape(pitches)))
    # The running maximum of the places of notes and rests, in log2(steps) operations.
    shift = 1
    while shift < steps:
        before = tf.pad(
            latest[:, :-shift], [[0, 0], [shift, 0], [0, 0]], constant_values=-1
        )
        latest = tf.maximum(latest, before)
        shift *= 2
    found = _gather_steps(pitches, tf.maximum(latest, 0))
    return tf.where(latest < 0, -1, found)


def _gather_steps(values, steps):
    """Returns `values[batch, steps[batch, :, voice], voice]`."""
    by_voice = tf.gather(
        tf.transpose(values, [0, 2, 1]), tf.transpose(steps, [0, 2, 1]), batch_dims=2
    )
    return tf.transpose(by_voice, [0, 2, 1])
