import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody


def test_notes_are_coloured(tmp_path):
    silent, loud = melody(-1, -1, -1, -1), melody(60, 62, 64, 60)
    pixels = music.piano_roll(loud, QUARTERS, titles=["scale"])
    assert pixels.dtype == np.uint8 and pixels.ndim == 3

    def colours(image):
        return np.sum(np.ptp(image.astype(int), axis=2) > 40)

    assert colours(pixels) > 500 and colours(music.piano_roll(silent[0], QUARTERS)) == 0
    music.write_piano_roll(
        tmp_path / "roll.png", np.repeat(loud, 3, axis=0), QUARTERS, columns=2
    )
    assert (tmp_path / "roll.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match="one piece or more"):
        music.piano_roll(loud[:0], QUARTERS)
