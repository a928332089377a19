import doctest

import keras

from keras_rlgen.training import existing_logs
from keras_rlgen.training.existing_logs import ExistingLogs


def test_example():
    assert doctest.testmod(existing_logs, extraglobs={"keras": keras}).failed == 0


def test_a_mean_of_nothing_is_left_out_until_there_is_something():
    metrics = {name: keras.metrics.Mean(name) for name in ("loss", "reward")}
    metrics["reward"].update_state(0.0)
    select, logs = ExistingLogs(), {"loss": 0.0, "reward": 0.0, "other": 1.0}
    assert select(logs, metrics) == {"reward": 0.0, "other": 1.0}
    metrics["loss"].update_state(0.0)
    assert select(logs, metrics) == logs


def test_it_looks_again_after_a_reset():
    mean = keras.metrics.Mean("loss")
    mean.update_state(1.0)
    select = ExistingLogs()
    select({"loss": 1.0}, {"loss": mean})
    mean.reset_state()
    select.reset()
    assert select({"loss": 0.0}, {"loss": mean}) == {}
