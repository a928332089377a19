import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rewards.traceable import is_traceable

SAMPLES = tf.constant([[1.0, 2.0], [3.0, 4.0]])
judge = keras.layers.Dense(1)


@pytest.mark.parametrize(
    "function",
    [
        lambda samples: samples[:, 0],
        lambda samples: keras.ops.mean(samples, axis=1),
        lambda samples: tf.zeros(tf.shape(samples)[0]),
        lambda samples: judge(samples)[:, 0],
    ],
)
def test_functions_of_tensors(function):
    assert is_traceable(function, SAMPLES)


@pytest.mark.parametrize(
    "function",
    [
        lambda samples: np.mean(samples, axis=1),
        lambda samples: samples.mean(axis=1),
        lambda samples: [float(row[0]) for row in samples],
        lambda samples: samples[:, 0] if samples[0, 0] > 0 else -samples[:, 0],
        lambda samples: np.random.default_rng(0).normal(size=2),
        lambda samples: tf.constant([0.0, 1.0]),
    ],
)
def test_functions_in_python(function):
    assert not is_traceable(function, SAMPLES)


def test_inside_of_a_graph():
    found = []

    @tf.function
    def step(samples):
        found.append(is_traceable(lambda x: x[:, 0], samples))
        found.append(is_traceable(lambda x: np.mean(x, axis=1), samples))
        return samples

    step(SAMPLES)
    assert found == [True, False]
