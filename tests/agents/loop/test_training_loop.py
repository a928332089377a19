import types

import keras
import numpy as np
import pytest

from keras_rlgen.agents.loop.training_loop import train_epochs

callbacks = keras.callbacks


class Recorder(callbacks.Callback):
    """Remembers the calls."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls.append("train")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(f"from {batch}")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"to {batch}")
        self.batch_logs = logs

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append("end")
        self.logs = logs

    def on_train_end(self, logs=None):
        self.calls.append("done")
        assert logs == self.logs


class Trainee:
    """An agent of 2 environments that learns nothing, 4 steps in each round."""

    def __init__(self, steps_per_execution=None):
        self.agent = types.SimpleNamespace(
            environment_steps=np.int64(0),
            imagined_steps=np.int64(0),
            evaluate=self.evaluate,
            get_metrics_result=lambda: {"mean_return": 1.5},
            fit_log_names=["mean_return", "environment_steps"],
            reset_metrics=lambda: self.asked.append("reset"),
            steps_per_execution=steps_per_execution,
        )
        self.asked = []

    def run(self, num_steps):
        self.asked.append(num_steps)
        steps = -(-num_steps // 4) * 4
        self.agent.environment_steps += 2 * steps
        return steps

    def evaluate(self, episodes, verbose):
        return {"mean_return": 2.0, "episodes": episodes}

    def train(self, **kwargs):
        options = {
            "epochs": 1,
            "steps_per_epoch": 20,
            "callbacks": None,
            "validation_freq": None,
            "validation_episodes": 5,
            "initial_epoch": 0,
            "verbose": 0,
        }
        options |= kwargs
        steps = [options.pop("steps_per_epoch")] * options.pop("epochs")
        return train_epochs(self.agent, self.run, steps, **options).history


def test_callbacks():
    recorder, trainee = Recorder(), Trainee(steps_per_execution=8)
    history = trainee.train(epochs=3, initial_epoch=1, callbacks=[recorder])
    epoch = ["from 0", "to 7", "from 8", "to 15", "from 16", "to 19", "end"]
    assert recorder.calls == ["train", "epoch 1", *epoch, "epoch 2", *epoch, "done"]
    assert trainee.asked == ["reset", 8, 8, 4] * 2
    assert recorder.batch_logs == {"mean_return": 1.5}
    assert history["environment_steps"] == [40, 80]
    assert history["mean_return"] == [1.5, 1.5]
    assert all(speed > 0 for speed in history["environment_steps_per_second"])
    assert recorder.logs == {key: value[-1] for key, value in history.items()}


@pytest.mark.parametrize(
    ("steps_per_epoch", "asked"), [(40, [2] * 10), (41, [3] * 10 + [1]), (1, [1])]
)
def test_a_twentieth_of_an_epoch_by_default_and_whole_rounds(steps_per_epoch, asked):
    recorder, trainee = Recorder(), Trainee()
    trainee.train(steps_per_epoch=steps_per_epoch, callbacks=[recorder])
    assert trainee.asked == ["reset", *asked]
    # What is beyond the end of the epoch is not counted.
    assert recorder.calls[-3] == f"to {steps_per_epoch - 1}"


@pytest.mark.parametrize(
    ("validation_freq", "times"), [(None, 0), (0, 0), (1, 4), (2, 2), ([1, 4, 9], 2)]
)
def test_validation(validation_freq, times):
    history = Trainee().train(epochs=4, validation_freq=validation_freq)
    assert history.get("val_mean_return", []) == [2.0] * times
    assert history.get("val_episodes", []) == [5] * times
    assert len(history["mean_return"]) == 4


@pytest.mark.parametrize("method", ["on_train_batch_end", "on_epoch_end"])
def test_a_callback_may_stop_it(method):
    class Stop(callbacks.Callback):
        pass

    def stop(self, index, logs=None):
        self.model.stop_training = True

    setattr(Stop, method, stop)
    trainee = Trainee(steps_per_execution=10)
    history = trainee.train(epochs=5, callbacks=[Stop()])
    assert len(history["mean_return"]) == 1
    assert len(trainee.asked) == (2 if method == "on_train_batch_end" else 3)


def test_a_callback_may_say_where_to_begin():
    class Restore(callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model._initial_epoch = 3

    trainee = Trainee()
    assert len(trainee.train(epochs=5, callbacks=[Restore()])["mean_return"]) == 2
    assert len(trainee.train(epochs=5)["mean_return"]) == 5


def test_a_progress_bar(capsys):
    Trainee().train(epochs=2, verbose="auto")
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed and "20/20" in printed
    assert "mean_return: 1.5" in printed
