"""Keras' own callbacks keep the best policy of an agent."""

import keras
import numpy as np
import pytest

from keras_rlgen.agents import DQN
from keras_rlgen.environments import CartPole
from tests.callbacks.training import train

RETURNS = [10.0, 50.0, 20.0, 30.0]
BEST = 1


@pytest.fixture
def agent():
    q_network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    agent = DQN(q_network, CartPole(), seed=0)
    agent.compile(keras.optimizers.SGD(0.01))
    return agent


class Learns(keras.callbacks.Callback):
    """Every weight is the index of the epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        for variable in self.model.q_network.trainable_variables:
            variable.assign(np.full(variable.shape, epoch))


def run(agent, callback):
    train([Learns(), callback], agent, [{"val_mean_return": r} for r in RETURNS])


def epoch_of(agent):
    (epoch,) = np.unique(agent.q_network.get_weights()[0])
    return epoch


def test_early_stopping_restores_it(agent):
    best = keras.callbacks.EarlyStopping(
        "val_mean_return", mode="max", patience=2, restore_best_weights=True
    )
    run(agent, best)
    assert best.stopped_epoch == 3
    assert epoch_of(agent) == BEST


def test_it_is_restored_without_an_early_stop(agent):
    best = keras.callbacks.EarlyStopping(
        "val_mean_return", mode="max", patience=99, restore_best_weights=True
    )
    run(agent, best)
    assert best.stopped_epoch == 0
    assert epoch_of(agent) == BEST


@pytest.mark.parametrize("weights_only", [True, False])
def test_a_checkpoint(agent, tmp_path, weights_only):
    path = tmp_path / ("best.weights.h5" if weights_only else "best.keras")
    checkpoint = keras.callbacks.ModelCheckpoint(
        path,
        monitor="val_mean_return",
        mode="max",
        save_best_only=True,
        save_weights_only=weights_only,
    )
    run(agent, checkpoint)
    assert epoch_of(agent) == 3
    if weights_only:
        agent.load_weights(path)
    else:
        agent = DQN.load(path)
    assert epoch_of(agent) == BEST
