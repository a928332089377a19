import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.real_samples import as_samples, is_symbolic
from tests.networks import gan, real_samples

ROWS = np.arange(24.0).reshape(4, 2, 3)


@pytest.mark.parametrize("make", [list, tuple, lambda rows: rows.tolist()])
def test_a_list_of_samples_is_stacked(make):
    np.testing.assert_array_equal(as_samples(make(ROWS), (2, 3)), ROWS)


def test_arrays_and_data_sets_are_returned_unchanged():
    data = tf.data.Dataset.from_tensors(ROWS)
    assert as_samples(ROWS, (2, 3)) is ROWS
    assert as_samples(data, (2, 3)) is data
    assert as_samples((ROWS,), (2, 3)) is ROWS


@pytest.mark.parametrize(
    "samples, message",
    [
        ([ROWS, ROWS], "np.concatenate"),
        ([ROWS[0], ROWS[0, 0]], "np.stack"),
        (["a", "b"], "np.stack"),
        ([], "a list of 0"),
        ({"images": ROWS}, r"a dict with the keys \['images'\]"),
    ],
)
def test_what_is_no_list_of_samples(samples, message):
    with pytest.raises(ValueError, match=message):
        as_samples(samples, (2, 3))


def test_symbolic_tensors():
    assert not is_symbolic(ROWS) and not is_symbolic(tf.constant(1.0))
    assert tf.function(lambda x: tf.constant(is_symbolic(x)))(tf.constant(1.0))


def test_a_model_sees_the_samples_of_a_list_as_of_an_array():
    points = real_samples(6)
    logs = []
    for data in (points, list(points)):
        model = gan()
        model.compile(jit_compile=False)
        fit = model.fit(data, validation_data=data, shuffle=False, verbose=0)
        logs.append([fit.history, model.evaluate(data, verbose=0)])
    np.testing.assert_equal(logs[1], logs[0])
