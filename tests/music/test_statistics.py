import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import CHORDS, QUARTERS, chords, melody


def test_a_melody_counted_by_hand():
    tokens = np.concatenate(
        [
            melody(60, 67, 65, 66, 60, 60, 60, 60),  # A resolved leap, F#, a repeat.
            melody(62, 64, 72, 74, -1, -1, -1, 71),  # A leap that goes on.
        ]
    )
    found = music.statistics(tokens, QUARTERS, "C major", corpus=tokens, ngram_size=4)
    assert found["out_of_key"] == pytest.approx(100 / 13)
    assert found["leaps_resolved"] == pytest.approx(100 / 3)  # 66 to 60 is a leap too.
    assert found["repeated"] == pytest.approx(100 / 13)
    assert found["starts_on_tonic"] == 50.0 and found["ends_on_tonic"] == 50.0
    assert found["unique_highest"] == 100.0 and found["unique_lowest"] == 50.0
    assert found["notes_per_quarter"] == 13 / 16
    assert found["novelty"] == 0.0 and found["longest_copy"] == 8.0
    second = np.corrcoef([62, 64, 72, 74], [64, 72, 74, 71])[0, 1]
    first = np.corrcoef([60, 67, 65, 66, 60, 60, 60], [67, 65, 66, 60, 60, 60, 60])[
        0, 1
    ]
    assert found["autocorrelation_1"] == pytest.approx((first + second) / 2)


def test_keys_of_pieces():
    tokens = np.concatenate(
        [melody(60, 62, 64, 65, 67, 60), melody(62, 64, 66, 67, 69, 62)]
    )
    assert music.statistics(tokens, QUARTERS, [0, 2])["out_of_key"] == 0.0
    assert music.statistics(tokens, QUARTERS, "C major")["out_of_key"] > 0.0
    assert music.statistics(tokens, QUARTERS)["ends_on_tonic"] == 100.0
    with pytest.raises(ValueError, match="a key for each of 2 pieces"):
        music.statistics(tokens, QUARTERS, [0])


def test_silence_and_other_voices():
    found = music.statistics(melody(-1, -1, -1, -1), QUARTERS)
    assert np.isnan(found["out_of_key"]) and np.isnan(found["leaps_resolved"])
    bar = chords((72, 67, 64, 48), (71, 67, 62, 55), (72, 67, 64, 48), (72, 67, 64, 48))
    assert music.statistics(bar, CHORDS, "C major", voice=3)["ends_on_tonic"] == 100.0
    with pytest.raises(ValueError, match="one piece or more"):
        music.statistics(bar[:0], CHORDS)
    for encoding, voice in ((QUARTERS, 1), (music.PianoRollEncoding(), 0)):
        with pytest.raises(ValueError, match="Expected an encoding with a voice"):
            music.statistics(bar, encoding, voice=voice)
