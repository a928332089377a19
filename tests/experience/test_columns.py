import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience.columns import as_columns, joined, num_rows, structure


def test_nests_of_tensors_and_lists_become_arrays():
    columns = as_columns({"a": tf.ones((3, 2)), "b": ([1, 2, 3],)}, "x")
    assert structure(columns) == {"a": "float32 (2,)", "b": ("int64 ()",)}
    assert num_rows(columns, "x") == 3


def test_small_floats_and_integers_stay():
    for dtype in ("float16", "uint8", "bool", "int8"):
        assert as_columns(np.zeros(3, dtype), "x").dtype == dtype


@pytest.mark.parametrize("value", [1.0, None, [None, 1], [1j], ["a"]])
def test_what_is_no_array_of_numbers_is_refused(value):
    with pytest.raises(ValueError, match=r"`x\['a'\]` to be an array of numbers"):
        as_columns({"a": value}, "x")


def test_the_error_tells_where_a_number_is_not_finite():
    values = np.zeros((4, 3))
    values[2, 1] = np.inf
    with pytest.raises(ValueError, match="1 of 4 rows .* row 2, with inf"):
        as_columns(values, "x")


def test_joined():
    nests = [{"a": np.zeros(2)}, {"a": np.ones(1)}]
    np.testing.assert_array_equal(joined(nests, "x")["a"], [0.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="float64.*float32"):
        joined([np.zeros(2), np.zeros(2, "float32")], "x")
