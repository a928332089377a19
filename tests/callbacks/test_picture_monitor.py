import keras
import numpy as np
import pytest

from keras_rlgen.callbacks.picture_monitor import PictureMonitor
from tests.callbacks.training import train


class Epochs(PictureMonitor):
    """Draws the epoch in grey, from the second one on."""

    subject = "epochs"

    def picture(self, epoch):
        return np.full((2, 3, 3), epoch, np.uint8) if epoch > 1 else None


class Model(keras.Model):
    generate = None

    def __init__(self, sample_shape):
        super().__init__()
        self.sample_shape = sample_shape


def test_pictures_every_few_epochs_and_of_the_last(tmp_path):
    monitor = Epochs(tmp_path / "deep" / "folder", every=2)
    train([monitor], Model((4, 4, 3)), [{}] * 5)
    names = sorted(path.name for path in monitor.folder.iterdir())
    assert names == [
        *("epoch_0002.png", "epoch_0004.png", "epoch_0005.png", "epochs.gif"),
    ]
    assert [frame.max() for frame in monitor.frames] == [2, 4, 5]
    assert monitor.draws_images


def test_no_picture_no_animation(tmp_path):
    monitor = Epochs(tmp_path)
    train([monitor], Model((2,)), [{}])
    assert not list(tmp_path.iterdir()) and not monitor.draws_images


def test_samples_that_cannot_be_drawn_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`Epochs` draws images.*shape \(4, 4\)"):
        train([Epochs(tmp_path)], Model((4, 4)), [{}])
