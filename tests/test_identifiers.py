import doctest

import keras
import pytest

from keras_rlgen import identifiers
from keras_rlgen.identifiers import from_identifier, snake_case, with_objects

NAMES = {"relu": keras.layers.ReLU, "dense": lambda: keras.layers.Dense(2)}


def get(identifier):
    return from_identifier(
        identifier, keras.layers.Layer, NAMES, "layer", "a Keras layer"
    )


def test_a_name_makes_a_new_object():
    assert type(get("relu")) is keras.layers.ReLU
    assert get("dense") is not get("dense")


def test_an_instance_is_taken_as_it_is():
    layer = keras.layers.Dense(3)
    assert get(layer) is layer


def test_a_configuration_makes_its_object():
    config = keras.saving.serialize_keras_object(keras.layers.Dense(3, name="mine"))
    restored = get(config)
    assert type(restored) is keras.layers.Dense
    assert restored.units == 3 and restored.name == "mine"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="Unknown layer: 'rel'. Expected one of") as e:
        get("rel")
    assert str(e.value).endswith("['dense', 'relu'], or a Keras layer.")


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        keras.Sequential,
        keras.saving.serialize_keras_object(keras.losses.KLDivergence()),
    ],
)
def test_another_object_is_refused(value):
    with pytest.raises(TypeError, match="or a Keras layer. Received: ") as e:
        get(value)
    remedy = ". Call the class." if isinstance(value, type) else ""
    assert str(e.value).endswith(f"of type {type(value).__name__}{remedy}")


def test_the_parts_of_a_configuration_become_objects():
    serialized = keras.saving.serialize_keras_object(keras.layers.Dense(3))
    config = {
        "layer": serialized,
        "none": None,
        "other": serialized,
        "dtype": "float32",
    }
    restored = with_objects(config, "layer", "none", "dtype", "absent")
    assert restored.pop("layer").units == 3
    assert restored == {"none": None, "other": serialized, "dtype": "float32"}
    assert config["layer"] is serialized


def test_a_configuration_makes_as_many_functional_models_as_are_asked_for():
    inputs = keras.Input((2,))
    network = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    config = {"network": keras.saving.serialize_keras_object(network)}
    for _ in range(2):
        restored = with_objects(config, "network")["network"]
        assert restored.output_shape == (None, 3)


class Doubled(keras.layers.Layer):
    pass


def test_parts_of_classes_that_are_not_registered():
    config = {"layer": keras.saving.serialize_keras_object(Doubled())}
    objects = {"Doubled": Doubled}
    restored = with_objects(config, "layer", custom_objects=objects)
    assert type(restored["layer"]) is Doubled


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Normal", "normal"),
        ("KernelDistance", "kernel_distance"),
        ("R1Penalty", "r1_penalty"),
    ],
)
def test_snake_case(name, expected):
    assert snake_case(name) == expected


def test_examples():
    assert doctest.testmod(identifiers).failed == 0
