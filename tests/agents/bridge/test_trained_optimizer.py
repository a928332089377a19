import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.trained_optimizer import TrainedOptimizer


def test_it_trains_with_the_optimizer_it_was_given_last():
    variable = keras.Variable([1.0, 2.0])
    optimizer = TrainedOptimizer()
    for learning_rate, expected in ((0.5, [0.5, 2.0]), (0.25, [0.25, 2.0])):
        optimizer.set(keras.optimizers.SGD(learning_rate), [variable])
        optimizer.apply_gradients([(tf.constant([1.0, 0.0]), variable.value)])
        np.testing.assert_allclose(variable.numpy(), expected)


def test_before_there_is_one():
    with pytest.raises(ValueError, match="Call `compile"):
        TrainedOptimizer().apply_gradients([])
