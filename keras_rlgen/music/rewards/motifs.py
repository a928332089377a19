import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.rewards.music_reward import VoiceReward, fraction


@keras.saving.register_keras_serializable("keras_rlgen")
class Motifs(VoiceReward):
    """The fraction of passages that come back later, also transposed.

    A passage is what happens in `steps` steps: where notes begin, and the intervals
    between them. It counts if it has at least `min_notes` notes of at least two
    pitches, and comes back if the same passage is somewhere before, without overlap.
    The value is the fraction of steps at which such a repeated passage begins, among
    those at which a passage of enough notes begins. 1 is best for music that only
    repeats; real melodies lie between, so combine it with a reward for likeness.

    Args:
        encoding: The `Encoding` of the samples.
        steps: Integer >= 2, the steps of a passage. Defaults to two quarter notes, and
            at least 4 steps.
        min_notes: Integer >= 2.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If a number is out of its range.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 62, 64, 65, 67, 69]])
    >>> Motifs(encoding, steps=3, min_notes=3)(melody).numpy()
    array([0.25], dtype=float32)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), section 4.1, "motifs"
        and "repeated motifs"; here transposition counts as repetition.
    """

    def __init__(self, encoding, steps=None, min_notes=3, voice=0, name=None, **kwargs):
        super().__init__(encoding, voice, name=name, **kwargs)
        if steps is None:
            steps = max(2 * encoding.steps_per_quarter, 4)
        for key, value in (("steps", steps), ("min_notes", min_notes)):
            if not is_integer(value) or value < 2:
                raise ValueError(
                    f"Expected `{key}` to be an integer >= 2. Received: {value!r}"
                )
        self.steps = steps
        self.min_notes = min_notes

    def score(self, grid):
        long_enough, comes_back = motifs_of(grid, self.steps, self.min_notes)
        return fraction(comes_back, long_enough)

    def get_config(self):
        return {
            **super().get_config(),
            "steps": self.steps,
            "min_notes": self.min_notes,
        }


def motifs_of(grid, steps, min_notes):
    """Returns at which steps a passage of enough notes begins, and which were before.

    Args:
        grid: `Grid` of one voice.
        steps: Integer, the steps of a passage.
        min_notes: Integer, the least number of notes.

    Returns:
        A pair of bool tensors `(batch, passages)`.

    Raises:
        ValueError: If there are fewer than `steps` steps.
    """
    onsets = grid.onsets[..., 0] & grid.valid
    pitches = tf.where(grid.valid, grid.pitches[..., 0], -1)
    if onsets.shape[1] < steps:
        raise ValueError(
            f"Expected samples of at least {steps} steps, the length of a motif. "
            f"Received: {onsets.shape[1]}"
        )
    count = onsets.shape[1] - steps + 1
    onset_windows = tf.stack([onsets[:, i : i + count] for i in range(steps)], axis=2)
    windows = tf.stack([pitches[:, i : i + count] for i in range(steps)], axis=2)
    number = tf.reduce_sum(tf.cast(onset_windows, tf.int32), axis=2)
    changes = tf.reduce_any(
        onset_windows[..., 1:] & (windows[..., 1:] != windows[..., :-1]), axis=2
    )
    begins = onset_windows[..., 0]  # Otherwise most passages are the last one, later.
    long_enough = begins & (number >= min_notes) & changes
    relative = tf.where(windows < 0, -1000, windows - windows[..., :1])
    # One step after another, as (batch, passages, passages, steps) would be large.
    same = tf.ones((1, count, count), bool)
    for index in range(steps):
        for values in (relative[..., index], onset_windows[..., index]):
            same &= values[:, :, tf.newaxis] == values[:, tf.newaxis, :]
    earlier = tf.range(count)[:, tf.newaxis] >= tf.range(count) + steps
    return long_enough, long_enough & tf.reduce_any(same & earlier, axis=2)
