import csv
import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.util import event_pb2

from keras_rlgen import rewards
from keras_rlgen.callbacks import SampleTable, sample_table
from keras_rlgen.models import Prompts
from keras_rlgen.rl_models import RewardTuner
from tests.models.token_model import TokenModel
from tests.rl_models.policies import Die


def high(samples):
    return tf.reduce_sum(tf.cast(samples == 2, tf.float32), axis=1)


def letters(samples):
    return ["".join("a|\n"[token] for token in sample) for sample in samples]


def tuner_of(model, reward=None):
    tuner = RewardTuner(model, seed=0)
    tuner.compile(
        keras.optimizers.Adam(1.0),
        reward=reward or 0.5 * rewards.FunctionReward(high),
        num_samples=4,
        run_eagerly=True,
    )
    return tuner


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_tables_before_and_in_training(tmp_path, capsys):
    tuner = tuner_of(TokenModel())
    before = tuner.generate(3, seed=5)
    table = SampleTable(
        tmp_path / "deep" / "tables",
        every=2,
        num_samples=3,
        decode=letters,
        tensorboard=tmp_path / "logs",
        seed=5,
    )
    tuner.fit(epochs=3, steps_per_epoch=1, verbose=0, callbacks=[table])
    # Before training, every second epoch, and the last.
    names = [f"epoch_000{epoch}.csv" for epoch in (0, 2, 3)]
    assert files(table.folder) == names
    for name, samples in ((names[0], before), (names[2], tuner.generate(3, seed=5))):
        with open(table.folder / name, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["sample"] for row in rows] == letters(samples)
        counts = np.sum(samples == 2, axis=1)
        assert [float(row["reward"]) for row in rows] == (0.5 * counts).tolist()
        assert [float(row["reward_high"]) for row in rows] == counts.tolist()
    assert np.any(tuner.generate(3, seed=5) != before)
    printed = capsys.readouterr().out
    markdown = sample_table.markdown_table(table.rows)
    assert printed.endswith(f"epoch 3\n{markdown}") and "epoch 0\n| sample |" in printed
    (log,) = (tmp_path / "logs").iterdir()
    logged = {}
    for record in tf.data.TFRecordDataset(str(log)):
        event = event_pb2.Event.FromString(record.numpy())
        for value in event.summary.value:
            logged[event.step] = value.tensor.string_val[0].decode()
    assert list(logged) == [0, 2, 3] and logged[3] == markdown


def test_conditions_are_shown_and_judged(tmp_path, capsys):
    def of_class(samples, labels):
        return tf.gather(samples, labels, batch_dims=1)

    tuner = tuner_of(Die(num_classes=3), rewards.FunctionReward(of_class))
    options = {"num_samples": 3, "file_format": "markdown", "verbose": False}
    table = SampleTable(
        tmp_path / "given",
        condition=[2, 0, 1],
        decode_condition=lambda labels: [f"class {label}" for label in labels],
        **options,
    )
    sampled = SampleTable(tmp_path / "sampled", **options)
    tuner.fit(steps_per_epoch=1, verbose=0, callbacks=[table, sampled])
    assert files(tmp_path / "given") == ["epoch_0000.md", "epoch_0001.md"]
    samples = tuner.generate(3, np.array([2, 0, 1]), seed=0)
    assert [row["condition"] for row in table.rows] == ["class 2", "class 0", "class 1"]
    expected = samples[range(3), [2, 0, 1]].tolist()
    assert [row["reward"] for row in table.rows] == expected
    text = (tmp_path / "given" / "epoch_0001.md").read_text("utf-8")
    assert text.startswith("| condition | sample | reward | reward_of_class |\n| --- |")
    assert set(row["condition"] for row in sampled.rows) <= {"0", "1", "2"}
    assert not capsys.readouterr().out


def test_a_model_without_a_reward_has_none_in_the_table(tmp_path):
    model = TokenModel()
    model.compile("sgd", run_eagerly=True)
    data = np.zeros((4, 4), "int32")
    table = SampleTable(tmp_path, num_samples=2, verbose=False)
    model.fit(data, verbose=0, callbacks=[table])
    assert list(table.rows[0]) == ["sample"]
    assert [len(row["sample"].split()) for row in table.rows] == [4, 4]
    table = SampleTable(tmp_path, num_samples=2, reward=high, verbose=False)
    model.fit(data, verbose=0, callbacks=[table])
    assert list(table.rows[0]) == ["sample", "reward", "reward_high"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"every": 0}, "`every` to be a positive integer"),
        ({"num_samples": 1.5}, "`num_samples` to be a positive integer"),
        ({"file_format": "html"}, "`file_format` to be 'csv' or 'markdown'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        SampleTable(tmp_path, **arguments)


def test_bad_decoders_and_missing_prompts_are_refused(tmp_path):
    table = SampleTable(tmp_path, num_samples=2, decode=lambda samples: ["one"])
    table.set_model(TokenModel())
    with pytest.raises(ValueError, match="`decode` to return a string for each of 2"):
        table.on_train_begin()
    model = TokenModel()
    model.conditions = Prompts(1, 3)
    table.set_model(model)
    with pytest.raises(ValueError, match="`Prompts` cannot be sampled"):
        table.on_train_begin()


def test_examples_in_docstrings_run():
    result = doctest.testmod(sample_table)
    assert result.attempted > 0 and result.failed == 0


def test_what_is_no_function():
    with pytest.raises(TypeError, match="`decode` to be a function of samples"):
        SampleTable("table", decode=5)
