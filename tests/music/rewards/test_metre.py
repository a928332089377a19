import numpy as np
import pytest

from keras_rlgen import music
from keras_rlgen.music.rewards.metre import metrical_weights
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores


def test_weights_of_bars():
    assert metrical_weights(1, 4).tolist() == [1.0, 0.5, 0.75, 0.5]
    assert metrical_weights(1, 3).tolist() == [1.0, 0.5, 0.5]
    assert metrical_weights(4, 1).tolist() == [1.0, 0.125, 0.25, 0.125]


def test_strong_and_weak_places():
    tokens = np.concatenate(
        [melody(60, -1, -1, -1, 60), melody(-1, 60, -1, 60, -1), melody(*[-1] * 5)]
    )
    found = scores(music.Metre(QUARTERS), tokens)
    np.testing.assert_allclose(found, [1.0, 0.5, 0.0])
    in_three = music.Metre(QUARTERS, quarters_per_bar=3, name="in_three")
    np.testing.assert_allclose(scores(in_three, tokens)[:2], [0.75, 0.75])
    with pytest.raises(ValueError, match="`quarters_per_bar` to be a positive"):
        music.Metre(QUARTERS, quarters_per_bar=0)
