import pytest
import tensorflow as tf

from keras_rlgen import music
from tests.music.pieces import notes


def test_an_end_token_pads():
    encoding = music.MelodyEncoding(low=60, high=64, end=True, steps_per_quarter=1)
    tokens = encoding.encode([notes(60, 62)], num_steps=4)
    assert tokens.tolist() == [0, 2, 7, 7] and encoding.vocabulary_size == 8
    tokens[3] = 4  # After the end token there may be anything.
    assert encoding.decode(tokens) == [notes(60, 62)]
    valid = tf.function(encoding.grid)(tokens[None]).valid
    assert valid.numpy().tolist() == [[True, True, False, False]]


def test_repeated_and_held_notes():
    with_hold = music.MelodyEncoding(low=60, steps_per_quarter=2)
    tokens = with_hold.encode([notes(60, 60)])
    assert tokens.tolist() == [0, with_hold.hold_token, 0, with_hold.hold_token]
    without = music.MelodyEncoding(low=60, hold=False, steps_per_quarter=2)
    assert without.encode([notes(60, 60)]).tolist() == [0, 0, 0, 0]
    assert without.decode([0, 0, 0, 0]) == [notes(60, duration=2.0)]
    # A hold of nothing is a rest.
    assert with_hold.decode([with_hold.hold_token, with_hold.rest_token]) == [[]]


def test_a_mask_of_a_scale():
    encoding = music.MelodyEncoding(low=60, high=72)
    mask = encoding.mask(music.scale_mask("D major"))
    assert not mask[0] and mask[1] and mask[encoding.rest_token]
    with pytest.raises(ValueError, match="booleans of the 12 pitch classes"):
        encoding.mask([True])


def test_impossible_ranges():
    for low, high in ((70, 60), (-1, 60), (60, 128), (60.0, 64)):
        with pytest.raises(ValueError, match="0 <= low <= high <= 127"):
            music.MelodyEncoding(low, high)
