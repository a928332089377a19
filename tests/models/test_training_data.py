import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import training_data
from tests.networks import conditional_gan, gan, real_samples, values


class Endless(keras.utils.PyDataset):
    """Batches without an end."""

    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return (real_samples(4),)


@pytest.fixture(scope="module")
def model():
    model = gan()
    model.compile(run_eagerly=True)
    return model


def batches():
    return tf.data.Dataset.from_tensor_slices(real_samples(8)).batch(4)


def test_examples():
    names = {"np": np, "tf": tf}
    flags = doctest.ELLIPSIS
    result = doctest.testmod(training_data, extraglobs=names, optionflags=flags)
    assert result.failed == 0


@pytest.mark.parametrize(
    "data",
    ["images", 5, np.ndarray, keras.Model, iter([real_samples(4)]), {1, 2}, gan],
)
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_what_is_no_samples(model, data, method):
    with pytest.raises(TypeError, match="expected real samples: an array") as raised:
        getattr(model, method)(data, verbose=0)
    assert "from_generator" in str(raised.value)


def test_a_model_is_no_samples(model):
    with pytest.raises(TypeError, match="expected real samples"):
        model.fit(model, verbose=0)
    with pytest.raises(TypeError, match="expected real samples"):
        model.fit(real_samples(4), validation_data="held out", verbose=0)


def test_conditions_beside_a_data_set(model):
    conditional = conditional_gan()
    conditional.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="Dataset.zip"):
        conditional.fit(batches(), np.zeros(8, int), verbose=0)


@pytest.mark.parametrize("data", [batches().repeat(), Endless()])
def test_a_data_set_without_an_end(model, data):
    before = values(model)
    with pytest.raises(ValueError, match="`steps_per_epoch` for a data set without"):
        model.fit(data, verbose=0)
    with pytest.raises(ValueError, match="`steps` for a data set without"):
        model.evaluate(data, verbose=0)
    with pytest.raises(ValueError, match="`validation_steps` for a data set without"):
        model.fit(real_samples(4), validation_data=data, verbose=0)
    np.testing.assert_equal(values(model), before)


def test_steps_end_it(model):
    endless = batches().repeat()
    history = model.fit(
        endless,
        steps_per_epoch=1,
        validation_data=endless,
        validation_steps=1,
        verbose=0,
    ).history
    assert "val_generator_loss" in history
    assert model.evaluate(endless, steps=1, verbose=0)


def test_a_data_set_that_turns_out_empty(model):
    empty = batches().filter(lambda x: False)
    for options in {}, {"validation_data": real_samples(4)}:
        with pytest.raises(ValueError, match=r"`fit\(\)` expected at least one batch"):
            model.fit(empty, verbose=0, **options)
    with pytest.raises(ValueError, match=r"`evaluate\(\)` expected at least one batch"):
        model.evaluate(empty, verbose=0)
    with pytest.raises(ValueError, match=r"`evaluate\(\)` expected at least one batch"):
        model.fit(real_samples(4), validation_data=empty, verbose=0)
    assert model.fit(batches(), epochs=0, verbose=0).epoch == []


@pytest.mark.parametrize(
    ("samples", "split", "message"),
    [
        (real_samples(1), 0.5, "both sides of `validation_split`. Received: 1 samples"),
        (batches(), 0.5, "Expected an array with `validation_split`"),
    ],
)
def test_splits_that_leave_nothing(model, samples, split, message):
    with pytest.raises(ValueError, match=message):
        model.fit(samples, validation_split=split, verbose=0)


def test_batches_of_too_many_parts(model):
    parts = tf.data.Dataset.from_tensor_slices((real_samples(4),) * 4).batch(4)
    with pytest.raises(ValueError, match="a tuple of 4. Choose these"):
        model.fit(parts, verbose=0)


def test_masked_samples(model):
    masked = np.ma.masked_greater(real_samples(4), 0.0)
    with pytest.raises(ValueError, match="without missing values.*filled"):
        model.fit(masked, verbose=0)
    model.fit(np.ma.masked_invalid(real_samples(4)), verbose=0)


def test_arguments_that_keras_does_not_take(model):
    with pytest.raises(TypeError, match=r"`GAN.fit` takes no `epoch`.*takes:.*epochs"):
        model.fit(real_samples(4), epoch=3)
    with pytest.raises(TypeError, match=r"`GAN.evaluate` takes no `epochs`"):
        model.evaluate(real_samples(4), epochs=3)


def test_metrics_without_enough_samples():
    model = gan()
    model.compile(metrics=["precision_recall"], run_eagerly=True)
    with pytest.warns(UserWarning, match=r"'precision_recall' \(at least \d\)"):
        model.evaluate(real_samples(2), verbose=0)
    with pytest.raises(TypeError, match="metrics of generated beside real samples"):
        model.compile(metrics=[keras.metrics.Mean()])


def test_fewer_labels_than_samples():
    model = conditional_gan()
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match="Received: 8 samples and 3 conditions"):
        model.fit(real_samples(8), np.zeros(3, int), verbose=0)
    for labels in np.array(["a"] * 8), [None] * 8, np.zeros(8):
        with pytest.raises(ValueError, match=r"integer labels.*Received: dtype"):
            model.fit(real_samples(8), labels, verbose=0)
    listed = model.fit(real_samples(8), [0, 1] * 4, verbose=0)
    assert "generator_loss" in listed.history
