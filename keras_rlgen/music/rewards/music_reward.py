"""Base class of the rewards of music."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.music.encodings.encoding import Encoding
from keras_rlgen.music.keys import NUM_KEYS, estimated_keys, key_index
from keras_rlgen.rewards import Reward


class MusicReward(Reward):
    """Base class of rewards of tokens of an encoding.

    Subclasses implement `score(grid)`.

    Args:
        encoding: The `Encoding` of the samples.
        name: String.

    Raises:
        TypeError: If `encoding` is not an `Encoding`.
        ValueError: When called on samples that are not tokens of the encoding.
    """

    needs_voices = False
    """Whether voices have to be melodies: a piano roll is then refused."""

    min_voices = 1
    """The least number of voices of the encoding."""

    def __init__(self, encoding, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not isinstance(encoding, Encoding):
            raise TypeError(
                f"Reward '{self.name}' expected an encoding, such as "
                f"`MelodyEncoding()`. Received: {encoding!r}"
            )
        if self.needs_voices and not encoding.has_voices:
            raise ValueError(
                f"Reward '{self.name}' needs voices. Received: {encoding}, which has "
                "keys. Use `MelodyEncoding` or `ChoraleEncoding`."
            )
        if encoding.num_voices < self.min_voices:
            raise ValueError(
                f"Reward '{self.name}' needs {self.min_voices} voices. Received: "
                f"{encoding}, which has {encoding.num_voices}."
            )
        self.encoding = encoding

    def check_generator(self, generator):
        expected = (0, self.encoding.vocabulary_size - 1)
        if generator.value_range != expected:
            raise ValueError(
                f"Reward '{self.name}' scores tokens of {self.encoding}, from 0 to "
                f"{expected[1]}. Received: a generator of values of the range "
                f"{generator.value_range}. Give the reward the encoding of the "
                "generator's data."
            )

    def call(self, samples, condition=None, training=None):
        return self.score(self.encoding.grid(samples))

    def score(self, grid):
        """Computes the reward.

        Args:
            grid: `Grid`, what sounds at each step.

        Returns:
            Float32 tensor `(batch,)`.
        """
        raise NotImplementedError

    def get_config(self):
        encoding = keras.saving.serialize_keras_object(self.encoding)
        return {**super().get_config(), "encoding": encoding}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "encoding"))


class VoiceReward(MusicReward):
    """Base class of rewards of one melody.

    Args:
        encoding: The `Encoding` of the samples.
        voice: Integer, which voice, 0 for the highest.

    Raises:
        ValueError: If there is no such voice.
    """

    needs_voices = True

    def __init__(self, encoding, voice=0, name=None, **kwargs):
        super().__init__(encoding, name=name, **kwargs)
        if voice not in range(encoding.num_voices):
            raise ValueError(
                f"Expected a voice from 0 to {encoding.num_voices - 1}. "
                f"Received: {voice!r}"
            )
        self.voice = voice

    def call(self, samples, condition=None, training=None):
        return self.score(self.encoding.grid(samples).voice(self.voice))

    def get_config(self):
        return {**super().get_config(), "voice": self.voice}


def checked_key(key):
    """Returns the index of a key, or `"estimated"` as it is.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> checked_key("G major"), checked_key("estimated")
    (7, 'estimated')
    """
    return key if key == "estimated" else key_index(key)


def by_key(key, grid, table):
    """Returns the row of a table that belongs to the key of each piece.

    Args:
        key: Integer, the same for all pieces, or `"estimated"`.
        grid: `Grid`.
        table: Array `(24, ...)`.

    Returns:
        Tensor `(batch, ...)`, or `(1, ...)` if the key is given.

    Example:

    >>> by_key(21, None, np.arange(24) % 12).numpy()
    array([9])
    """
    table = np.asarray(table)
    if len(table) != NUM_KEYS:
        raise ValueError(f"Expected a table of 24 keys. Received: {table.shape}")
    if key == "estimated":
        return tf.gather(tf.constant(table), estimated_keys(grid))
    return tf.constant(table[key][np.newaxis])


def fraction(which, among, default=0.0):
    """Computes the fraction of elements for which something holds.

    Args:
        which: Bool tensor `(batch, ...)`.
        among: Bool tensor `(batch, ...)`, the elements.
        default: Float, the value where there are none.

    Returns:
        Float32 tensor `(batch,)`.

    Example:

    >>> fraction(tf.constant([[True, True]]), tf.constant([[True, False]])).numpy()
    array([1.], dtype=float32)
    """
    axes = list(range(1, among.shape.rank))
    count = tf.reduce_sum(tf.cast(among, tf.float32), axis=axes)
    found = tf.reduce_sum(tf.cast(which & among, tf.float32), axis=axes)
    return tf.where(count > 0.0, found / tf.maximum(count, 1.0), default)
