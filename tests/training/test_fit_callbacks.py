import csv

import keras

from keras_rlgen.training.fit_callbacks import fit_callbacks
from keras_rlgen.training.log_columns import LogColumns
from keras_rlgen.training.progress_bar import ProgressBar


def kinds(callbacks):
    return [type(callback) for callback in callbacks]


def test_a_progress_bar_is_added_once():
    assert kinds(fit_callbacks(None, [], "auto")) == [ProgressBar]
    assert fit_callbacks(None, [], 0) == []
    given = keras.callbacks.ProgbarLogger()
    assert fit_callbacks([given], [], 1) == [given]
    whole = keras.callbacks.CallbackList([given])
    assert fit_callbacks(whole, [], 1) is whole


def test_a_file_has_the_columns_of_later_logs(tmp_path):
    logger = keras.callbacks.CSVLogger(tmp_path / "logs.csv")
    callbacks = fit_callbacks(logger, ["loss", "reward"], 0)
    assert kinds(callbacks) == [LogColumns, keras.callbacks.CSVLogger]
    callbacks = keras.callbacks.CallbackList(callbacks, epochs=2)
    callbacks.on_train_begin()
    callbacks.on_epoch_end(0, {"reward": 1.0})
    callbacks.on_epoch_end(1, {"reward": 2.0, "loss": 3.0, "val_loss": 4.0})
    callbacks.on_train_end()
    with open(tmp_path / "logs.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["loss"] for row in rows] == ["NA", "3.0"]
    assert rows[1]["val_loss"] == "4.0"
