import keras
import pytest

from keras_rlgen import callbacks
from keras_rlgen.callbacks.check_model import check_model
from tests.networks import gan


class Silent(keras.callbacks.Callback):
    pass


def test_a_model_of_the_right_kind():
    callback = Silent()
    callback.set_model(gan())
    check_model(callback, "a generative model", "sample_shape", "generate")


@pytest.mark.parametrize(
    "callback, kind",
    [
        (callbacks.EpisodeRecorder("episodes"), "an agent"),
        (callbacks.PolicyEvaluation(), "an agent"),
    ],
)
def test_a_callback_of_agents_on_a_gan(callback, kind):
    callback.set_model(gan())
    with pytest.raises(TypeError, match=f"a callback of {kind}. Received: a `GAN`"):
        callback.on_train_begin()


def test_a_monitor_of_samples_on_another_model(tmp_path):
    callback = callbacks.SampleMonitor(tmp_path)
    callback.set_model(keras.Sequential())
    with pytest.raises(TypeError, match="a callback of a generative model"):
        callback.on_train_begin()
