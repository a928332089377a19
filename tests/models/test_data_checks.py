import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import data_checks
from keras_rlgen.training.health_monitor import HealthMonitor

layers = keras.layers


@pytest.mark.parametrize(
    "last, expected",
    [
        ([layers.Dense(4, activation="tanh")], (-1.0, 1.0)),
        ([layers.Dense(4), layers.Activation("sigmoid")], (0.0, 1.0)),
        ([layers.Dense(4, activation="tanh"), layers.Reshape((2, 2))], (-1.0, 1.0)),
        ([keras.Sequential([layers.Dense(4, activation="tanh")])], (-1.0, 1.0)),
        ([layers.Dense(4)], None),
        ([layers.Dense(4, activation="tanh"), layers.Rescaling(2.0)], None),
        ([layers.Dense(4, activation="tanh"), layers.Dense(4)], None),
    ],
)
def test_the_last_activation_tells_the_range(last, expected):
    network = keras.Sequential([layers.Input((3,)), *last])
    assert data_checks.output_range(network) == expected


def test_a_functional_network_tells_its_range():
    inputs = layers.Input((3,))
    network = keras.Model(inputs, layers.Dense(2, activation="sigmoid")(inputs))
    assert data_checks.output_range(network) == (0.0, 1.0)


def test_a_subclass_without_layers_has_no_known_range():
    assert data_checks.output_range(keras.Model()) is None


@pytest.mark.parametrize(
    "samples, bounds",
    [
        (np.array([[-1.0, 1.0]]), (-1.0, 1.0)),
        (np.array([[0.0, 1.0 + 1e-4]]), (0.0, 1.0)),
        (np.array([[-1e6, 1e6]]), None),
        (np.array([[0, 1]], "uint8"), (0.0, 1.0)),
        (np.array([[False, True]]), (0.0, 1.0)),
        (tf.constant([[0.5]]), (0.0, 1.0)),
    ],
)
def test_good_arrays_pass(samples, bounds):
    data_checks.check_array(samples, bounds)


@pytest.mark.parametrize(
    "samples, error, message",
    [
        (np.zeros((0, 2)), ValueError, r"at least one.*\(0, 2\)"),
        (np.zeros((3, 0)), ValueError, r"at least one.*\(3, 0\)"),
        (np.array([["a"]]), TypeError, "numeric dtype"),
        (np.array([[None]]), TypeError, "numeric dtype. Received: object"),
        (np.array([[0.0, np.nan]]), ValueError, "hold NaN or infinity"),
        (np.array([[0.0, -np.inf]]), ValueError, "hold NaN or infinity"),
        (np.array([[0, 255]], "uint8"), ValueError, "images / 127.5 - 1.* 0 to 255"),
        (np.array([[-1.01, 0.0]]), ValueError, r"\[-1, 1\].* from -1.01 to 0"),
    ],
)
def test_bad_arrays_are_named(samples, error, message):
    with pytest.raises(error, match=message):
        data_checks.check_array(samples, (-1.0, 1.0))


# Integer samples


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
def test_good_tokens_pass(dtype):
    tokens = np.array([[0, 4]], dtype)
    data_checks.check_array(tokens, (0, 4), "int32")
    health = HealthMonitor()
    batch = data_checks.guarded_batch(tokens, (2,), (0, 4), health, "int32")
    health.raise_if_faulty()
    assert batch.dtype == tf.int32
    np.testing.assert_array_equal(batch, [[0, 4]])


@pytest.mark.parametrize(
    "tokens, bounds, error, message",
    [
        (np.array([[0, 5]]), (0, 4), ValueError, "from 0 to 4.* from 0 to 5"),
        (np.array([[-1, 4]]), (0, 4), ValueError, "from 0 to 4.* from -1 to 4"),
        (np.array([[2**40]]), None, ValueError, "from -2147483648 to 2147483647"),
        (np.array([[0.0, 1.0]]), (0, 4), TypeError, "Received: float64.*astype"),
        (np.array([[False, True]]), (0, 4), TypeError, "Received: bool"),
        (np.zeros((0, 2), int), (0, 4), ValueError, "at least one"),
    ],
)
def test_bad_tokens_are_named(tokens, bounds, error, message):
    with pytest.raises(error, match=message):
        data_checks.check_array(tokens, bounds, "int32")


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_token_out_of_range_is_noted_and_computable(jit_compile):
    health = HealthMonitor()

    @tf.function(jit_compile=jit_compile)
    def check(tokens):
        return data_checks.guarded_batch(tokens, (2,), (0, 4), health, "int32")

    np.testing.assert_array_equal(check(tf.constant([[7, -2]])), [[4, 0]])
    with pytest.raises(ValueError, match="integer samples from 0 to 4"):
        health.raise_if_faulty()


def test_floats_in_place_of_tokens_are_refused_while_tracing():
    with pytest.raises(TypeError, match="Received: float32"):
        data_checks.guarded_batch(tf.zeros((1, 2)), (2,), None, None, "int32")


def test_a_good_batch_becomes_float32():
    health = HealthMonitor()
    batch = data_checks.guarded_batch(
        tf.constant([[0, 1]], tf.uint8), (2,), (0.0, 1.0), health
    )
    health.raise_if_faulty()
    assert batch.dtype == tf.float32
    np.testing.assert_array_equal(batch, [[0.0, 1.0]])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    "bad, message, computed",
    [
        (np.nan, "NaN or infinity", 0.0),
        (np.inf, "NaN or infinity", 0.0),
        (1.5, "output range", 1.5),
    ],
)
def test_a_bad_batch_is_noted_and_computable(bad, message, computed, jit_compile):
    health = HealthMonitor()

    @tf.function(jit_compile=jit_compile)
    def check(samples):
        return data_checks.guarded_batch(samples, (2,), (-1.0, 1.0), health)

    np.testing.assert_array_equal(
        check(tf.constant([[0.5, bad]], tf.float32)), [[0.5, computed]]
    )
    with pytest.raises(ValueError, match=message):
        health.raise_if_faulty()


def test_the_shape_of_a_batch_is_checked_while_tracing():
    with pytest.raises(ValueError) as error:
        data_checks.guarded_batch(tf.zeros((5, 4, 4)), (4, 4, 1), None, HealthMonitor())
    assert "(batch, 4, 4, 1)" in str(error.value)
    assert "(5, 4, 4)" in str(error.value)
    assert "images[..., None]" in str(error.value)
    with pytest.raises(ValueError) as error:
        data_checks.guarded_batch(tf.zeros((5, 3)), (2,), None, HealthMonitor())
    assert "channel axis" not in str(error.value)


class NoBatches(keras.utils.PyDataset):
    @property
    def num_batches(self):
        return 0


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda: tf.data.Dataset.range(6).batch(4), 2),
        (lambda: tf.data.Dataset.range(0).batch(4), 0),
        (lambda: tf.data.Dataset.range(6).repeat(), None),
        (lambda: tf.data.Dataset.range(6).filter(lambda i: i < 0), None),
        (NoBatches, 0),
        (lambda: np.zeros((3, 2)), None),
    ],
)
def test_the_number_of_batches_where_it_is_known(make, expected):
    assert data_checks.num_batches(make()) == expected


def test_a_batch_of_a_dict_names_its_keys():
    with pytest.raises(ValueError, match=r"keys \['image', 'label'\]. Choose one"):
        data_checks.check_shape({"image": 1.0, "label": 2.0}, (2,))


def test_a_batch_of_unknown_rank_gets_the_shape_that_the_model_knows():
    @tf.function(input_signature=[tf.TensorSpec(None)])
    def rank(batch):
        return tf.constant(data_checks.check_shape(batch, (2,)).shape.rank)

    assert rank(tf.zeros((3, 2))) == 2


@pytest.mark.parametrize(
    "latents, error",
    [
        ([[np.nan, 0.0]], ValueError),
        ([[0.0, 0.0, 0.0]], ValueError),
        (["a"], ValueError),
        (None, TypeError),
    ],
)
def test_latents_that_are_refused(latents, error):
    with pytest.raises(error, match="Expected"):
        data_checks.checked_latents(latents, (2,))
