"""Every callback of Keras with every model and agent, in its first epochs."""

import csv
import re

import keras
import numpy as np
import pytest

from keras_rlgen import callbacks as own
from tests.callbacks.toy_trainings import TRAININGS, training

callbacks = keras.callbacks
EPOCHS = 3


@pytest.mark.parametrize("name", TRAININGS)
def test_callbacks_in_the_first_epochs(name, tmp_path, capsys):
    toy = training(name)
    monitor = [*toy.late, *toy.logs, "discriminator_loss"][0]
    seen, batches = [], []
    given = [
        callbacks.TerminateOnNaN(raise_error=True),
        callbacks.ModelCheckpoint(
            tmp_path / "best.keras", monitor, mode="max", save_best_only=True
        ),
        callbacks.ModelCheckpoint(
            tmp_path / "{epoch}.weights.h5", save_weights_only=True
        ),
        callbacks.EarlyStopping(
            monitor, mode="max", patience=EPOCHS, restore_best_weights=True
        ),
        callbacks.CSVLogger(tmp_path / "logs.csv"),
        own.TensorBoard(tmp_path / "board"),
        callbacks.TensorBoard(tmp_path / "board_of_keras"),
        callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: seen.append(dict(logs)),
            on_train_batch_end=lambda batch, logs: batches.append(dict(logs)),
        ),
    ]
    if toy.has_optimizer:
        given[1:1] = [
            callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 / (epoch + 1)),
            callbacks.ReduceLROnPlateau(monitor, mode="max", patience=EPOCHS),
        ]
    if toy.resumes:
        backup = tmp_path / "backup"
        given.append(callbacks.BackupAndRestore(backup, delete_checkpoint=False))
    history = toy.fit(epochs=EPOCHS, callbacks=given, verbose=1).history

    # What does not exist is left out, and what is logged is a number.
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(list(logs.values())).all() for logs in seen + batches)
    for log in toy.late:
        assert log not in seen[0] and any(log in logs for logs in seen), log
        assert len(history[log]) < len(seen)
    for log in toy.logs:
        assert all(log in logs for logs in seen)

    assert len(seen) == EPOCHS * (2 if name == "ExperienceEnsemble" else 1)
    assert (tmp_path / "best.keras").exists()
    assert len(list(tmp_path.glob("*.weights.h5"))) == EPOCHS
    for board in ("board", "board_of_keras"):
        assert list((tmp_path / board).rglob("events*"))
    with open(tmp_path / "logs.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == EPOCHS and {*toy.late, *toy.logs} <= rows[0].keys()
    for log in toy.late:
        assert rows[0][log] == "NA"
        assert any(np.isfinite(float(row[log])) for row in rows if row[log] != "NA")
    if toy.has_optimizer:
        rate = (toy.trained or toy.model).optimizer.learning_rate
        assert float(np.asarray(rate)) == pytest.approx(0.01 / EPOCHS)
    assert not toy.resumes or any((tmp_path / "backup").iterdir())
    printed = capsys.readouterr().out
    lines = re.split(r"[\r\n]", printed)
    bars = [line.rstrip() for line in lines if "/step" in line]
    assert len(bars) >= EPOCHS and max(map(len, bars)) <= 80
    assert "compiling" in printed
