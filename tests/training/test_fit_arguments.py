import keras
import numpy as np
import pytest

from keras_rlgen.training.fit_arguments import check_fit_arguments, check_no_weights


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sample_weight": np.ones(3)}, "does not use `sample_weight`"),
        ({"class_weight": {0: 1.0}}, "does not use `class_weight`"),
        ({"batch_size": 0}, "`batch_size` >= 1"),
        ({"steps_per_epoch": 2.5}, "`steps_per_epoch` >= 1"),
        ({"validation_steps": "2"}, "`validation_steps` >= 1"),
        ({"epochs": "3"}, "`epochs` >= 0"),
        ({"initial_epoch": -3}, "`initial_epoch` >= 0"),
        ({"validation_split": 1.0}, r"`validation_split` in \[0, 1\)"),
        ({"verbose": 7}, "`verbose` to be 0"),
        ({"validation_freq": 0.5}, "`validation_freq` to be an integer"),
        ({"validation_freq": [0]}, "`validation_freq` to be an integer"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        check_fit_arguments(options)


def test_an_array_in_the_place_of_epochs():
    with pytest.raises(TypeError, match=r"array of shape \(8, 4\).*by name"):
        check_fit_arguments({"epochs": np.zeros((8, 4))})


@pytest.mark.parametrize("callbacks", [5, [5], [keras.callbacks.EarlyStopping]])
def test_what_is_no_callback(callbacks):
    with pytest.raises(TypeError, match="list of `keras.callbacks.Callback`"):
        check_fit_arguments({"callbacks": callbacks})


def test_what_is_accepted():
    stopping = keras.callbacks.EarlyStopping()
    check_fit_arguments({"callbacks": stopping, "validation_freq": [1, 3]})
    check_fit_arguments({"callbacks": [stopping], "batch_size": None, "verbose": 2})


def test_weights_in_a_batch():
    check_no_weights(None)
    with pytest.raises(ValueError, match="repeat them, or draw them"):
        check_no_weights(np.ones(3))
