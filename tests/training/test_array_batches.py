import keras
import numpy as np
import tensorflow as tf
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from keras_rlgen.training.array_batches import evaluation_batches, fit_batches
from keras_rlgen.training.keras_internals import UntunedArrays

X = np.arange(10, dtype="float32")[:, None]


def numbers(batches):
    return [np.ravel(batch).tolist() for batch in batches.get_tf_dataset()]


def test_batches_are_those_that_keras_makes():
    options = {"batch_size": 4, "shuffle": False, "epochs": 3}
    batches, y, left = fit_batches(X, None, options)
    assert isinstance(batches, UntunedArrays) and y is None
    assert numbers(batches) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches.num_batches == 3 and left["epochs"] == 3
    assert fit_batches(X, None, {})[0].num_batches == 1  # 32, Keras' default
    assert fit_batches(X, None, {"steps_per_epoch": 5})[0].num_batches == 5


def test_they_are_shuffled_as_by_keras_and_read_without_the_tuner():
    def dataset(make):
        keras.utils.set_random_seed(0)
        return make().get_tf_dataset()

    of_keras = dataset(lambda: ArrayDataAdapter(X, batch_size=10, shuffle=True))
    ours = dataset(lambda: fit_batches(X, None, {"batch_size": 10})[0])
    order = [np.ravel(next(iter(each))).tolist() for each in (ours, of_keras)]
    assert order[0] == order[1] != sorted(order[0]) == list(range(10))
    assert ours.options().autotune.enabled is False


def test_conditions_stay_beside_their_samples():
    batches = fit_batches(tf.constant(X), X[:, 0] * 2, {"batch_size": 5})[0]
    for x, y in batches.get_tf_dataset():
        np.testing.assert_array_equal(2 * x[:, 0], y)


def test_a_share_is_held_out_as_by_keras():
    options = {"validation_split": 0.3, "batch_size": 7, "shuffle": False}
    batches, _, options = fit_batches(X, None, options)
    held_out, y = options["validation_data"]
    assert numbers(batches) == [[0, 1, 2, 3, 4, 5, 6]] and y is None
    assert numbers(held_out) == [[7, 8, 9]] and options["validation_split"] == 0.0


def test_held_out_samples_keep_their_order_and_size():
    options = {"validation_data": (X, X), "validation_batch_size": 5, "batch_size": 2}
    held_out, y = fit_batches(X, X, options)[2]["validation_data"]
    assert y is None and held_out.num_batches == 2
    x, _ = next(iter(held_out.get_tf_dataset()))
    np.testing.assert_array_equal(x, X[:5])
    assert numbers(evaluation_batches(X, None, steps=2)[0])[0] == [0, 1, 2, 3, 4]


def test_what_is_no_array_stays():
    dataset = tf.data.Dataset.from_tensors(X)
    x, y, options = fit_batches(dataset, None, {"validation_data": dataset})
    assert x is dataset and y is None
    assert options["validation_data"] == (dataset, None)
    assert evaluation_batches(dataset, None) == (dataset, None)
