import doctest

import keras
import numpy as np

from keras_rlgen.agents.loop import metric_results
from keras_rlgen.agents.loop.metric_results import metric_result


def test_example():
    assert doctest.testmod(metric_results).failed == 0


def test_a_mean_of_nothing_is_not_a_number():
    mean, total = keras.metrics.Mean(), keras.metrics.Sum()
    assert np.isnan(metric_result(mean)) and metric_result(total) == 0.0
    mean.update_state([1.0, 4.0])
    assert metric_result(mean) == 2.5
