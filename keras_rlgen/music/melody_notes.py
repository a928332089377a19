from typing import NamedTuple

import tensorflow as tf


class MelodyNotes(NamedTuple):
    """The notes of one voice, one after another, without rests.

    Attributes:
        pitches: Int32 tensor `(batch, notes)`, MIDI pitches; -1 after the last note.
        steps: Int32 tensor `(batch, notes)`, where they begin; the number of steps
            after the last note.
        present: Bool tensor `(batch, notes)`, false after the last note.
    """

    pitches: tf.Tensor
    steps: tf.Tensor
    present: tf.Tensor


def melody_notes(grid):
    """Returns the notes of a voice, moved together to the front.

    Args:
        grid: `Grid` of one voice.

    Returns:
        `MelodyNotes`, with as many places as the grid has steps.

    Example:

    >>> grid = MelodyEncoding(low=60, hold=True).grid(tf.constant([[0, 26, 25, 4]]))
    >>> melody_notes(grid).pitches.numpy()
    array([[60, 64, -1, -1]], dtype=int32)
    """
    begins = grid.onsets[..., 0] & grid.valid
    steps = begins.shape[1]
    places = tf.where(begins, tf.range(steps), steps)
    starts = tf.sort(places, axis=1)
    present = starts < steps
    found = tf.gather(grid.pitches[..., 0], tf.minimum(starts, steps - 1), batch_dims=1)
    return MelodyNotes(tf.where(present, found, -1), starts, present)
