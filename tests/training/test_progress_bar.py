import doctest
import types

import keras
import pytest

from keras_rlgen.training import progress_bar, progress_line
from keras_rlgen.training.progress_bar import ProgressBar
from keras_rlgen.training.progress_line import ProgressLine

LONG = {f"a_long_name_of_a_log_{index}": index / 3.0 for index in range(9)}


@pytest.mark.parametrize("module", [progress_bar, progress_line])
def test_examples(module):
    names = {"ProgressLine": ProgressLine}
    assert doctest.testmod(module, extraglobs=names).failed == 0


def run(model, logs, verbose=1, steps=2):
    callbacks = keras.callbacks.CallbackList(
        [ProgressBar()], model=model, epochs=1, steps=steps, verbose=verbose
    )
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    for step in range(2):
        callbacks.on_train_batch_end(step, logs)
    callbacks.on_epoch_end(0, {**logs, "val_loss": 2.0})


def model(**attributes):
    return types.SimpleNamespace(**{"is_traced": True, **attributes})


def test_a_line_has_at_most_80_columns(capsys):
    run(model(), {"loss": 1234567.0, **LONG})
    lines = capsys.readouterr().out.replace("\n", "\r").split("\r")
    assert max(map(len, lines)) <= 80
    assert " - loss: 1.235e+06 - val_loss: 2" in lines[-2] and "2/2" in lines[-2]


def test_a_model_says_what_is_shown_first(capsys):
    run(model(progress_logs=("reward",)), {"loss": 1.0, "reward": 0.5})
    printed = capsys.readouterr().out
    assert "reward: 0.5" in printed and "loss" not in printed


def test_what_is_to_be_compiled_is_said(capsys):
    run(model(is_traced=False), {"loss": 1.0})
    assert "compiling" in capsys.readouterr().out
    run(model(), {"loss": 1.0})
    assert "compiling" not in capsys.readouterr().out


def test_an_unknown_number_of_steps(capsys):
    run(model(), {"loss": 1.0}, steps=None)
    printed = capsys.readouterr().out
    assert "1/unknown" in printed and "2/2" in printed


def test_a_line_for_each_epoch_is_that_of_keras(capsys):
    run(model(), LONG, verbose=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(lines) == 1 and all(name in lines[0] for name in LONG)


def test_nothing_is_drawn_where_logging_is_not_interactive(capsys):
    keras.config.disable_interactive_logging()
    try:
        run(model(), {"loss": 1.0})
        ProgressLine("evaluation", 1).advance("all")
    finally:
        keras.config.enable_interactive_logging()
    assert capsys.readouterr().out == ""


def test_a_line_of_parts(capsys):
    progress = ProgressLine("controls", 2)
    progress.advance("x" * 99)
    assert "controls: 1/2" in progress.line() and len(progress.line()) == 80
    progress.advance("y")
    assert capsys.readouterr().out.endswith("controls: 2/2 - 0s".ljust(80) + "\n")
