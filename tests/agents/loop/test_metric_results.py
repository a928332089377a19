import doctest

import keras

from keras_rlgen.agents.loop import metric_results as module
from keras_rlgen.agents.loop.metric_results import metric_results


def test_example():
    assert doctest.testmod(module).failed == 0


def test_a_mean_of_nothing_does_not_exist():
    mean, total = keras.metrics.Mean(), keras.metrics.Sum()
    assert metric_results([mean, total])[1].numpy().tolist() == [False, True]
    mean.update_state([1.0, 4.0])
    values, exist = metric_results([mean, total])
    assert values.numpy().tolist() == [2.5, 0.0]
    assert exist.numpy().tolist() == [True, True]
