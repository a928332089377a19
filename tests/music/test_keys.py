import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.keys import key_correlations, scales, transposed_key
from tests.music.pieces import QUARTERS, melody


def test_every_key_has_a_name_and_a_scale():
    indices = [music.key_index(name) for name in music.KEY_NAMES]
    assert indices == list(range(24))
    assert scales().sum(axis=1).tolist() == [7] * 12 + [8] * 12
    assert music.key_index("Db major") == 1 and music.key_index(np.int32(3)) == 3


@pytest.mark.parametrize("key", ["H major", "C", "C lydian", 24, -1, 1.5])
def test_no_such_key(key):
    with pytest.raises(ValueError, match="Expected a key such as"):
        music.key_index(key)


def test_keys_are_estimated_in_every_transposition():
    major, minor = (
        np.array([60, 62, 64, 65, 67, 64, 60, 60]),
        np.array([60, 62, 63, 65, 67, 63, 59, 60]),
    )
    tokens = np.concatenate(
        [melody(*(line + shift)) for shift in range(12) for line in (major, minor)]
    )
    keys = music.estimated_keys(QUARTERS.grid(tokens)).numpy()
    assert keys.tolist() == [k for shift in range(12) for k in (shift, 12 + shift)]
    assert transposed_key("A minor", -9) == 12


def test_equal_weights_have_no_key():
    assert not np.any(key_correlations(np.ones(12)))
