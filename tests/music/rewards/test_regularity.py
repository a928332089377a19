import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_rhythms_of_bars():
    tokens = np.concatenate(
        [
            melody(60, 62, -1, 64, 60, 62, -1, 65, 71),
            melody(60, 62, 64, 65, 60, -1, -1, -1, 71),
            melody(*[-1] * 9),
        ]
    )
    found = scores(music.Regularity(QUARTERS), tokens)
    np.testing.assert_allclose(found, [1.0, 0.25, 0.0])
    in_three = music.Regularity(QUARTERS, quarters_per_bar=3, name="in_three")
    # Its bars are 110, 111 and 011.
    np.testing.assert_allclose(scores(in_three, tokens)[0], (2 / 3 + 2 / 3) / 2)
    with pytest.raises(ValueError, match="two bars or more, of 4 steps. Received: 7"):
        music.Regularity(QUARTERS)(melody(*[60] * 7))
