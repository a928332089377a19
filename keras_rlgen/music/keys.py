"""Keys: their names, their scales, and which one a piece is in."""

import numpy as np
import tensorflow as tf

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SPELLINGS = {"Db": 1, "D#": 3, "Gb": 6, "G#": 8, "A#": 10, "Cb": 11}
SPELLINGS |= {name: index for index, name in enumerate(NAMES)}
KEY_NAMES = tuple(f"{n} {mode}" for mode in ("major", "minor") for n in NAMES)
NUM_KEYS = len(KEY_NAMES)

MAJOR = np.isin(np.arange(12), [0, 2, 4, 5, 7, 9, 11])
MINOR = np.isin(np.arange(12), [0, 2, 3, 5, 7, 8, 10, 11])  # With the leading note.

MAJOR_PROFILE = (
    *(6.35, 2.23, 3.48, 2.33, 4.38, 4.09),
    *(2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
)
MINOR_PROFILE = (
    *(6.33, 2.68, 3.52, 5.38, 2.60, 3.53),
    *(2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)


def key_index(key):
    """Returns the index of a key: 0 to 11 in major from C upwards, 12 to 23 in minor.

    Args:
        key: Integer, an index; or string, such as `"C major"` or `"F# minor"`.

    Raises:
        ValueError: If there is no such key.

    Example:

    >>> key_index("C major"), key_index("A minor"), key_index("Bb minor")
    (0, 21, 22)
    """
    if isinstance(key, str):
        tonic, _, mode = key.partition(" ")
        if tonic in SPELLINGS and mode in ("major", "minor"):
            return SPELLINGS[tonic] + 12 * (mode == "minor")
    elif isinstance(key, (int, np.integer)) and 0 <= key < NUM_KEYS:
        return int(key)
    raise ValueError(
        'Expected a key such as "C major" or "F# minor", or its index from 0 to 23. '
        f"Received: {key!r}"
    )


def tonic(key):
    """Returns the pitch class of a key's tonic, 0 for C.

    Example:

    >>> tonic("A minor")
    9
    """
    return key_index(key) % 12


def transposed_key(key, semitones):
    """Returns the index of a key, transposed.

    Example:

    >>> KEY_NAMES[transposed_key("A minor", 3)]
    'C minor'
    """
    index = key_index(key)
    return (index + semitones) % 12 + 12 * (index >= 12)


def scale_mask(key):
    """Returns the pitch classes of a key's scale.

    In minor, both the seventh of the key signature and the leading note belong to it.

    Args:
        key: As in `key_index`.

    Returns:
        Bool array `(12,)`, C first.

    Example:

    >>> np.flatnonzero(scale_mask("A minor")).tolist()
    [0, 2, 4, 5, 7, 8, 9, 11]
    """
    index = key_index(key)
    return np.roll(MAJOR if index < 12 else MINOR, index % 12)


def scales():
    """Returns the scales of all keys, bool array `(24, 12)`."""
    return np.stack([scale_mask(index) for index in range(NUM_KEYS)])


def key_correlations(pitch_class_weights):
    """Computes how well the weights of the pitch classes fit each key.

    Args:
        pitch_class_weights: Float tensor `(..., 12)`, how long each pitch class sounds,
            C first.

    Returns:
        Float32 tensor `(..., 24)`, the correlations in [-1, 1] with the profiles of the
        keys; 0 if all pitch classes have the same weight.

    Example:

    >>> c_major = tf.constant([4.0, 0, 1, 0, 2, 1, 0, 3, 0, 1, 0, 1])
    >>> KEY_NAMES[int(tf.argmax(key_correlations(c_major)))]
    'C major'

    Reference:
        Krumhansl, 1990, *Cognitive Foundations of Musical Pitch*, chapter 4: the
        profiles of Krumhansl and Kessler, 1982, and the correlation.
    """
    profiles = np.stack(
        [
            np.roll(profile, tonic)
            for profile in (MAJOR_PROFILE, MINOR_PROFILE)
            for tonic in range(12)
        ]
    )
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    weights = tf.cast(pitch_class_weights, tf.float32)
    weights -= tf.reduce_mean(weights, axis=-1, keepdims=True)
    norm = tf.norm(weights, axis=-1, keepdims=True)
    weights = tf.math.divide_no_nan(weights, norm)
    return tf.tensordot(weights, tf.constant(profiles.T, tf.float32), 1)


def pitch_class_weights(grid):
    """Returns for how many steps each pitch class sounds.

    Args:
        grid: `Grid`.

    Returns:
        Float32 tensor `(batch, 12)`.

    Example:

    >>> grid = MelodyEncoding(low=60).grid(tf.constant([[0, 4, 0]]))
    >>> pitch_class_weights(grid).numpy()[0, :5]
    array([2., 0., 0., 0., 1.], dtype=float32)
    """
    sounding = grid.sounding & grid.valid[..., tf.newaxis]
    classes = tf.one_hot(tf.where(sounding, grid.pitches % 12, -1), 12)
    return tf.reduce_sum(classes, axis=[1, 2])


def estimated_keys(grid):
    """Estimates the key of each piece from how long each pitch class sounds.

    Args:
        grid: `Grid`.

    Returns:
        Int32 tensor `(batch,)`, as in `key_index`.

    Example:

    >>> melody = MelodyEncoding(low=60).tokens([60, 62, 64, 65, 67, 64, 60, 60])
    >>> estimated_keys(MelodyEncoding(low=60).grid(melody[np.newaxis])).numpy()
    array([0], dtype=int32)

    Reference:
        As `key_correlations`.
    """
    correlations = key_correlations(pitch_class_weights(grid))
    return tf.argmax(correlations, axis=-1, output_type=tf.int32)
