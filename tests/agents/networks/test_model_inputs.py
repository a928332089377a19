import warnings

import keras
import numpy as np
import pytest

from keras_rlgen.agents.networks.model_inputs import arranged_inputs
from tests.agents.toys import mlp, subclassed

layers = keras.layers
OBSERVATION = {"map": np.zeros((1, 3)), "speed": np.ones((1, 2)), "time": 0}


def inputs():
    return {
        "speed": layers.Input((2,), name="speed"),
        "map": layers.Input((3,), name="map"),
    }


def test_named_inputs_in_the_structure_of_the_model():
    named = inputs()
    listed = list(named.values())
    output = layers.Concatenate()(listed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for structure in (named, listed):
            model = keras.Model(structure, output)
            arranged = arranged_inputs(model, OBSERVATION)
            assert type(arranged) is type(structure)
            np.testing.assert_array_equal(model(arranged), [[1, 1, 0, 0, 0]])


def test_others_as_they_are():
    array = np.zeros((1, 3))
    assert arranged_inputs(mlp(2), array) is array
    assert arranged_inputs(subclassed(2), OBSERVATION) == OBSERVATION
    assert arranged_inputs(subclassed(2), (1, 2)) == [1, 2]
    listed = list(inputs().values())
    model = keras.Model(listed, layers.Concatenate()(listed))
    assert arranged_inputs(model, (1, 2)) == [1, 2]


def test_too_many_or_too_few_entries():
    with pytest.raises(ValueError, match="with 2 inputs. Received one with 1"):
        arranged_inputs(mlp(2), (1, 2))
    named = inputs()
    model = keras.Model(named, layers.Concatenate()(list(named.values())))
    with pytest.raises(ValueError, match="with 1 inputs. Received one with 2"):
        arranged_inputs(model, (1,))


def test_missing_entries():
    named = inputs()
    model = keras.Model(named, layers.Concatenate()(list(named.values())))
    message = r"entries, \['map', 'sound'\]. Received .* \['map', 'speed'\]. Name them"
    with pytest.raises(ValueError, match=message):
        arranged_inputs(model, {"map": 0, "sound": 0})
