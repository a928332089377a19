"""Base class of the encodings."""

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.music.note_steps import notes_of_steps, steps_of_notes


class Encoding:
    """Base class of encodings of music as int32 tokens, in steps of equal length.

    Subclasses implement `has_pitches`, `tokens_of_steps`, `grid`, `sample_shape` and
    `get_config`.

    Args:
        steps_per_quarter: Integer >= 1, the steps of a quarter note.

    Attributes:
        vocabulary_size: Integer, tokens are in `[0, vocabulary_size)`.
        num_voices: Integer, the voices of a piece.
        voices: Integer, the tokens of a step as a backbone's argument `voices` has it,
            or `None`.
        period: Integer, as a backbone's argument `period` has it, or `None`.
        end_token: Integer, or `None`.
        has_voices: Whether a voice is a melody: false for a piano roll.

    Raises:
        ValueError: If `steps_per_quarter` is not a positive integer.
    """

    voices = None
    period = None
    end_token = None
    has_voices = True

    def __init__(self, steps_per_quarter):
        if not is_integer(steps_per_quarter) or steps_per_quarter < 1:
            raise ValueError(
                "Expected `steps_per_quarter` to be a positive integer. "
                f"Received: {steps_per_quarter!r}"
            )
        self.steps_per_quarter = steps_per_quarter

    def sample_shape(self, num_steps):
        """Returns the shape of the tokens of a piece of `num_steps` steps."""
        raise NotImplementedError

    def num_steps(self, shape):
        """Returns the number of steps of tokens of a shape without batch."""
        return shape[0]

    def has_pitches(self, pitches):
        """Returns whether all pitches of an int array, -1 for rests, can be encoded."""
        raise NotImplementedError

    def tokens_of_steps(self, pitches, onsets, length=None):
        """Encodes what sounds at each step.

        Args:
            pitches: Int array `(..., steps, num_voices)`, MIDI pitches, -1 where a
                voice is silent.
            onsets: Bool array `(..., steps, num_voices)`, where a note begins.
            length: Integer, the steps of the tokens, padded after the piece with end
                tokens. Defaults to those of the piece.

        Returns:
            Int32 array `(..., *sample_shape(length))`.

        Raises:
            ValueError: If a pitch is out of the encoding's range, the number of voices
                is another, or the piece does not fit into `length`.
        """
        raise NotImplementedError

    def grid(self, tokens):
        """Returns what sounds at each step, in TensorFlow operations.

        Args:
            tokens: Int tensor `(batch, ...)`.

        Returns:
            `Grid`, whose steps are those of the tokens.

        Raises:
            ValueError: If tokens are of another shape or, outside of a graph, not in
                the vocabulary.
            TypeError: If tokens are not integers.
        """
        raise NotImplementedError

    def encode(self, voices, num_steps=None):
        """Encodes the notes of one piece.

        Args:
            voices: List of lists of `Note`, one for each voice.
            num_steps: Integer, the number of steps. Defaults to that of the piece.
                A longer piece is cut.

        Returns:
            Int32 array `sample_shape(num_steps)`.

        Raises:
            ValueError: If there is no note, the number of voices is another, a pitch is
                out of range, or the piece is shorter than `num_steps` and the encoding
                has no end token.
        """
        if len(voices) != self.num_voices or not any(voices):
            raise ValueError(
                f"Expected the notes of {self.num_voices} voices. Received: "
                f"{len(voices)} lists of {[len(notes) for notes in voices]} notes"
            )
        pitches, onsets = steps_of_notes(voices, self.steps_per_quarter)
        part = slice(num_steps)
        return self.tokens_of_steps(pitches[part], onsets[part], num_steps)

    def decode(self, tokens):
        """Decodes the tokens of one piece.

        Args:
            tokens: Int array, the tokens of one piece.

        Returns:
            List of lists of `Note`, one for each voice. What follows an end token is
            left out.

        Raises:
            ValueError: If tokens are of another shape or not in the vocabulary.
            TypeError: If tokens are not integers.
        """
        grid = self.grid(np.asarray(tokens)[np.newaxis])
        pitches = np.where(grid.valid[..., np.newaxis], grid.pitches, -1)[0]
        return notes_of_steps(pitches, grid.onsets.numpy()[0], self.steps_per_quarter)

    def checked(self, tokens):
        """Returns tokens as an int32 tensor `(batch, ...)`.

        Args:
            tokens: Int array or tensor `(batch, ...)`.

        Raises:
            ValueError: If tokens are of another shape or, outside of a graph, not in
                the vocabulary.
            TypeError: If tokens are not integers.
        """
        tokens = tf.convert_to_tensor(tokens)
        if not tokens.dtype.is_integer:
            raise TypeError(
                f"`{type(self).__name__}` expected integer tokens. Received: "
                f"{tokens.dtype.name} of shape {tuple(tokens.shape)}"
            )
        shape = tokens.shape
        expected = ("length", *self.sample_shape(1)[1:])
        axes = len(expected)
        fits = shape.rank == axes + 1 and shape[1] is not None and shape[1] > 0
        if not fits or tuple(shape[2:]) != expected[1:]:
            wanted = ", ".join(map(str, ("batch", *expected)))
            raise ValueError(
                f"`{type(self).__name__}` expected tokens of shape ({wanted}). "
                f"Received: {tuple(shape)}. The tokens are of another encoding, or of "
                "one piece: decode takes one, other methods a batch."
            )
        if not hasattr(tokens, "graph") and tf.size(tokens) > 0:
            low, high = int(tf.reduce_min(tokens)), int(tf.reduce_max(tokens))
            if low < 0 or high >= self.vocabulary_size:
                raise ValueError(
                    f"`{type(self).__name__}` has tokens from 0 to "
                    f"{self.vocabulary_size - 1}. Received: from {low} to {high}. The "
                    "tokens are of another encoding."
                )
        return tf.cast(tokens, tf.int32)

    def get_config(self):
        """Returns the arguments of the constructor."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __eq__(self, other):
        return type(self) is type(other) and self.get_config() == other.get_config()

    def __hash__(self):
        return hash((type(self), *sorted(self.get_config().items())))

    def __repr__(self):
        arguments = (f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({', '.join(arguments)})"
