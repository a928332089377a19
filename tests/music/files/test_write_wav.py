import numpy as np
import pytest
from scipy.io import wavfile

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody

pytest.importorskip("pretty_midi")


def test_a_note_sounds_at_its_frequency(tmp_path):
    (path,) = music.write_wav(
        tmp_path / "a.wav", melody(69, 69)[0], QUARTERS, tempo=120.0
    )
    rate, samples = wavfile.read(path)
    assert rate == 22_050 and samples.dtype == np.int16
    assert len(samples) / rate == pytest.approx(2.0, abs=0.1)  # And a second.
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    loudest = np.fft.rfftfreq(len(samples), 1 / rate)[np.argmax(spectrum)]
    assert loudest == pytest.approx(440.0, abs=3.0)
    assert np.abs(samples).max() == pytest.approx(0.8 * 32_767, abs=2)


def test_silence(tmp_path):
    (path,) = music.write_wav(tmp_path / "songs", melody(-1, -1), QUARTERS)
    assert not np.any(wavfile.read(path)[1])
    assert len(music.audio(melody(-1)[0], QUARTERS, sample_rate=8000)) == 8000
