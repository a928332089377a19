import keras
import pytest
from PIL import Image

from keras_rlgen import SequenceGenerator, music
from keras_rlgen.callbacks import PianoRollMonitor
from keras_rlgen.models import RecurrentBackbone

ENCODING = music.MelodyEncoding(low=60, high=72, steps_per_quarter=1)


def generator(vocabulary_size=ENCODING.vocabulary_size, length=8):
    keras.utils.set_random_seed(0)
    backbone = RecurrentBackbone(vocabulary_size, units=4)
    model = SequenceGenerator(backbone, length=length, seed=0)
    model.compile(keras.optimizers.Adam(1e-2))
    return model


def test_pictures_and_files(tmp_path):
    pytest.importorskip("pretty_midi")
    model = generator()
    monitor = PianoRollMonitor(tmp_path, ENCODING, every=2, num_samples=3, midi=True)
    tokens = model.generate(8, seed=1)
    model.fit(tokens, epochs=3, verbose=0, callbacks=[monitor])
    names = sorted(path.name for path in tmp_path.glob("*.*"))
    assert names == ["epoch_0000.png", "epoch_0002.png", "epoch_0003.png", "music.gif"]
    assert len(list(tmp_path.glob("epoch_*/piece_*.mid"))) == 9
    assert len(monitor.frames) == 3 and Image.open(tmp_path / "music.gif").n_frames > 1
    assert {frame.shape for frame in monitor.frames} == {monitor.frames[0].shape}


def test_a_model_of_something_else(tmp_path):
    monitor = PianoRollMonitor(tmp_path, ENCODING)
    monitor.set_model(generator(vocabulary_size=5))
    with pytest.raises(ValueError, match="from 0 to 14. Received: samples from 0 to 4"):
        monitor.on_train_begin()
    chorale = PianoRollMonitor(tmp_path, music.ChoraleEncoding())
    chorale.set_model(generator())
    with pytest.raises(ValueError, match=r"Received: samples of shape \(8,\)"):
        chorale.on_train_begin()
    with pytest.raises(ValueError, match="`num_samples` to be a positive integer"):
        PianoRollMonitor(tmp_path, ENCODING, num_samples=0)


def test_the_class_of_an_encoding():
    with pytest.raises(TypeError, match="Expected the `Encoding` of the tokens"):
        PianoRollMonitor("rolls", music.MelodyEncoding)
