import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.loop.observation_batch import observation_batch

VECTOR = tf.TensorSpec((3,))
NEST = {"image": tf.TensorSpec((2, 2), tf.uint8), "rest": (VECTOR, tf.TensorSpec(()))}


@pytest.mark.parametrize("dtype", [np.float64, np.int32])
def test_arrays_become_tensors_of_the_spec(dtype):
    batch, is_one = observation_batch(np.ones((5, 3), dtype), VECTOR)
    assert not is_one
    assert batch.dtype == tf.float32 and batch.shape == (5, 3)


def test_nests():
    observations = {
        "image": np.full((4, 2, 2), 255),
        "rest": (np.zeros((4, 3)), np.zeros(4)),
    }
    batch, _ = observation_batch(observations, NEST)
    assert batch["image"].dtype == tf.uint8 and np.all(batch["image"] == 255)
    assert batch["rest"][1].shape == (4,)


@pytest.mark.parametrize(
    ("observations", "spec"),
    [
        (np.zeros(4), VECTOR),
        (np.zeros((5, 4)), VECTOR),
        (np.zeros((2, 5, 3)), VECTOR),
        ({"a": np.zeros((5, 3))}, VECTOR),
        (np.zeros((5, 3)), NEST),
        ({"image": np.zeros((4, 2, 2))}, NEST),
        ("three", VECTOR),
    ],
)
def test_what_does_not_fit(observations, spec):
    with pytest.raises(ValueError, match="or a batch of .*Received shapes: "):
        observation_batch(observations, spec)


def test_one_observation_becomes_a_batch():
    batch, is_one = observation_batch(np.ones(3), VECTOR)
    assert is_one and batch.shape == (1, 3)


@pytest.mark.parametrize(
    ("observations", "message"),
    [(np.zeros((0, 3)), "at least one"), ([[0.0, np.nan, 0.0]], "finite")],
)
def test_what_is_no_observation(observations, message):
    with pytest.raises(ValueError, match=message):
        observation_batch(observations, VECTOR)


def test_complex_numbers():
    spec = tf.TensorSpec((4,), tf.float32)
    with pytest.raises(TypeError, match="real numbers. Received: complex"):
        observation_batch(np.zeros((3, 4), complex), spec)
