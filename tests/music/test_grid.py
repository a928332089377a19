import numpy as np
import tensorflow as tf

from keras_rlgen.music.grid import held_pitches


def slow_held_pitches(pitches, is_hold):
    result, now = [], -1
    for pitch, hold in zip(pitches, is_hold, strict=True):
        now = now if hold else pitch
        result.append(now)
    return result


def test_holds_of_random_voices():
    random = np.random.default_rng(0)
    pitches = random.integers(-1, 5, (3, 37, 2))
    is_hold = random.random((3, 37, 2)) < 0.7
    expected = np.empty_like(pitches)
    for piece in range(3):
        for voice in range(2):
            expected[piece, :, voice] = slow_held_pitches(
                pitches[piece, :, voice], is_hold[piece, :, voice]
            )
    found = held_pitches(tf.constant(pitches, tf.int32), tf.constant(is_hold))
    np.testing.assert_array_equal(found, expected)
