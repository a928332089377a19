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
    entries = tuple(OBSERVATION.values())
    assert arranged_inputs(subclassed(2), entries) == list(entries)


def test_tuples():
    entries = np.zeros((1, 2)), np.zeros((1, 3))
    listed = [layers.Input((2,)), layers.Input((3,))]
    model = keras.Model(listed, layers.Concatenate()(listed))
    arranged = arranged_inputs(model, entries)
    assert arranged[0] is entries[0] and arranged[1] is entries[1]
    # One in another, as a critic of observations and actions has them.
    arranged = arranged_inputs(model, (entries,))
    assert arranged[0] is entries[0] and arranged[1] is entries[1]


def test_dicts_in_tuples():
    named, action = inputs(), layers.Input((4,))
    joined = layers.Concatenate()([named["map"], named["speed"], action])
    model = keras.Model([named, action], joined)
    observation = {**OBSERVATION, "sound": np.zeros((1, 9))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arranged = arranged_inputs(model, (observation, 2.0 * np.ones((1, 4))))
        expected = [[0, 0, 0, 1, 1, 2, 2, 2, 2]]
        np.testing.assert_array_equal(model(arranged), expected)


def test_tuples_that_do_not_fit():
    listed = [layers.Input((2,)), layers.Input((3,)), layers.Input((4,))]
    model = keras.Model(listed, layers.Concatenate()(listed))
    action = np.zeros((1, 4))
    observation = {"map": np.zeros((1, 3)), "speed": np.ones((1, 2))}
    with pytest.raises(ValueError, match="same lists and dicts"):
        arranged_inputs(model, (observation, action))
    with pytest.raises(ValueError, match="same lists and dicts"):
        arranged_inputs(mlp(2), (np.zeros((1, 3)), action))


def test_missing_entries():
    named = inputs()
    model = keras.Model(named, layers.Concatenate()(list(named.values())))
    message = r"entries, \['map', 'sound'\]. Received .* \['map', 'speed'\]. Name them"
    with pytest.raises(ValueError, match=message):
        arranged_inputs(model, {"map": 0, "sound": 0})
