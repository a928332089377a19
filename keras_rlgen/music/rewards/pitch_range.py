import keras
import tensorflow as tf

from keras_rlgen.music.rewards.music_reward import VoiceReward, fraction


@keras.saving.register_keras_serializable("keras_rlgen")
class PitchRange(VoiceReward):
    """Minus the fraction of notes out of a range, and the unused part of a width.

    `-o - max(0, 1 - (highest - lowest) / width)`, where `o` is the fraction of notes
    outside of `[low, high]`. 0 is best: all notes inside, and the melody spans at least
    `width` semitones.

    Args:
        encoding: The `Encoding` of the samples.
        low: Integer, the lowest MIDI pitch.
        high: Integer, the highest MIDI pitch.
        width: Integer >= 0, the semitones that a melody should span; 0 for any.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If the pitches are not 0 <= low <= high <= 127, or `width` is not
            between 0 and their distance.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 62, 64, 66]])
    >>> PitchRange(encoding, low=60, high=72, width=12)(melody).numpy()
    array([-0.5], dtype=float32)

    Reference:
        Aldwell and Schachter, *Harmony and Voice Leading*, chapter 5: a soprano's range
        is C4 to G5, the default.
    """

    def __init__(
        self, encoding, low=60, high=79, width=7, voice=0, name=None, **kwargs
    ):
        super().__init__(encoding, voice, name=name, **kwargs)
        fits = all(isinstance(value, int) for value in (low, high, width))
        if not fits or not 0 <= low <= high <= 127 or not 0 <= width <= high - low:
            raise ValueError(
                "Expected integers 0 <= low <= high <= 127 and 0 <= width <= high - "
                f"low. Received: low={low!r}, high={high!r}, width={width!r}"
            )
        self.low = low
        self.high = high
        self.width = width

    def score(self, grid):
        notes = grid.onsets & grid.valid[..., tf.newaxis]
        inside = (grid.pitches >= self.low) & (grid.pitches <= self.high)
        outside = fraction(~inside, notes)
        if self.width == 0:
            return -outside
        highest = tf.reduce_max(tf.where(notes, grid.pitches, -1), axis=[1, 2])
        lowest = tf.reduce_min(tf.where(notes, grid.pitches, 128), axis=[1, 2])
        span = tf.cast(tf.maximum(highest - lowest, 0), tf.float32)
        return -outside - tf.nn.relu(1.0 - span / self.width)

    def get_config(self):
        return {
            **super().get_config(),
            "low": self.low,
            "high": self.high,
            "width": self.width,
        }
