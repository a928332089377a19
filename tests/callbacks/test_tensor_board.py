import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from keras_rlgen.callbacks import TensorBoard
from keras_rlgen.training.optimizer_group import OptimizerGroup
from tests.callbacks.training import train


class Model(keras.Model):
    def __init__(self, **rates):
        super().__init__()
        optimizers = {name: keras.optimizers.SGD(rate) for name, rate in rates.items()}
        for optimizer in optimizers.values():
            optimizer.build([])
        self.optimizer = OptimizerGroup(optimizers)
        self.built = True


def written(folder):
    """Returns the steps and values of each curve."""
    (path,) = (folder / "train").glob("events*")
    events = EventAccumulator(str(path), size_guidance={"tensors": 0}).Reload()
    curves = {}
    for tag in events.Tags()["tensors"]:
        rows = [(e.step, tf.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
        curves[tag] = [(step, float(x)) for step, x in rows if x.dtype == np.float32]
    return curves


def test_environment_steps_are_the_axis(tmp_path):
    logs = [{"mean_return": 9.0 * n, "environment_steps": 64.0 * n} for n in (1, 2)]
    train([TensorBoard(tmp_path)], Model(actor=0.5, critic=0.25), logs)
    curves = written(tmp_path)
    assert curves["epoch_mean_return"] == [(64, 9.0), (128, 18.0)]
    assert curves["epoch_critic_learning_rate"] == [(64, 0.25), (128, 0.25)]
    assert curves["epoch_actor_learning_rate"][0] == (64, pytest.approx(0.5))


def test_epochs_of_other_models(tmp_path):
    train([TensorBoard(tmp_path)], Model(generator=0.5), [{"loss": 1.0}, {"loss": 2.0}])
    assert written(tmp_path)["epoch_loss"] == [(0, 1.0), (1, 2.0)]
