import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay.frame_table import FrameTable

SPEC = {
    "image": tf.TensorSpec((4, 3, 2), tf.uint8),
    "number": tf.TensorSpec((), tf.int64),
    "pair": (tf.TensorSpec((3,)), tf.TensorSpec(())),
    "flag": tf.TensorSpec((), tf.bool),
}


def some_frames(count, seed=0):
    random = np.random.default_rng(seed)
    return {
        "image": tf.constant(random.integers(256, size=(count, 4, 3, 2)), tf.uint8),
        "number": tf.constant(random.integers(2**40, size=count)),
        "pair": (
            tf.constant(random.normal(size=(count, 3)), tf.float32),
            tf.constant(random.normal(size=count), tf.float32),
        ),
        "flag": tf.constant(random.random(count) < 0.5),
    }


def assert_equal(first, second):
    tf.nest.assert_same_structure(first, second)
    for a, b in zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("compiled", [False, True])
def test_what_was_written_is_read(compiled):
    table = FrameTable(SPEC, num_places=20)
    write, read = table.write, table.read
    if compiled:
        write, read = tf.function(write), tf.function(read)
    frames = some_frames(6)
    places = tf.constant([3, 19, 0, 7, 11, 5])
    write(places, frames)
    assert_equal(read(places), frames)
    order = tf.constant([[5, 1], [1, 0], [2, 2]])
    expected = tf.nest.map_structure(lambda x: tf.gather(x, order), frames)
    assert_equal(read(tf.gather(places, order)), expected)
    write(places[:2], some_frames(2, seed=1))
    assert_equal(read(places[:2]), some_frames(2, seed=1))
    assert_equal(read(places[2:]), tf.nest.map_structure(lambda x: x[2:], frames))


def test_bytes_stay_bytes():
    table = FrameTable(SPEC, num_places=2)
    sizes = {name: rows.nbytes for name, rows in table.state(2).items()}
    assert sizes["rows_uint8"] == 2 * 4 * 3 * 2


def test_state():
    table, other = FrameTable(SPEC, num_places=20), FrameTable(SPEC, num_places=20)
    table.write(tf.range(6), some_frames(6))
    state = table.state(6)
    assert all(len(rows) == 6 for rows in state.values())
    other.load_state(state)
    assert_equal(other.read(tf.range(6)), some_frames(6))


@pytest.mark.parametrize(
    ("spec", "num_places"),
    [
        (SPEC, 5),
        ({**SPEC, "pair": tf.TensorSpec((7,))}, 20),
        ({**SPEC, "more": tf.TensorSpec((), tf.int8)}, 20),
    ],
)
def test_state_of_another_table(spec, num_places):
    table = FrameTable(SPEC, num_places=20)
    table.write(tf.range(6), some_frames(6))
    with pytest.raises(ValueError, match="larger replay buffer"):
        FrameTable(spec, num_places).load_state(table.state(6))


def test_frames_of_another_structure():
    with pytest.raises((TypeError, ValueError), match="structure"):
        FrameTable(SPEC, num_places=2).write(tf.constant([0]), {"image": tf.zeros(1)})
