import keras
import pytest

from keras_rlgen.models import ClassLabels, GatedPixelCNN, VectorCondition
from keras_rlgen.models.conditions.condition_input import check_condition_input

layers = keras.layers


def network(*shapes):
    inputs = [layers.Input(shape) for shape in shapes]
    flat = [layers.Flatten()(x) if len(x.shape) > 1 else x[:, None] for x in inputs]
    joined = layers.Concatenate()(flat) if len(flat) > 1 else flat[0]
    return keras.Model(inputs, layers.Dense(2)(joined))


@pytest.mark.parametrize(
    "conditions, shapes",
    [
        (None, [(2,)]),
        (VectorCondition(3), [(2,), (3,)]),
        (ClassLabels(3), [(2,), ()]),
        (ClassLabels(3), [(2,), (1,)]),
    ],
)
def test_networks_that_take_it_pass(conditions, shapes):
    check_condition_input(network(*shapes), conditions, "decoder", "latents")


@pytest.mark.parametrize(
    "conditions, shapes",
    [
        (VectorCondition(3), [(2,)]),
        (VectorCondition(3), [(2,), (4,)]),
        (VectorCondition(3), [(2,), ()]),
        (VectorCondition(3), [(2,), (3,), (3,)]),
        (ClassLabels(3), [(2,)]),
        (ClassLabels(3), [(2,), (3,)]),
    ],
)
def test_others_are_refused(conditions, shapes):
    with pytest.raises(ValueError, match=r"take `\[latents, condition\]`") as error:
        check_condition_input(network(*shapes), conditions, "decoder", "latents")
    received = [(None, *shape) for shape in shapes]
    assert f"a decoder with inputs of shapes {received}" in str(error.value)


def test_networks_that_do_not_tell_their_inputs_are_taken_on_trust():
    check_condition_input(keras.Model(), VectorCondition(3), "decoder", "latents")


def test_networks_that_tell_shapes_alone():
    images = GatedPixelCNN((2, 2, 1), 2, 2, 1, num_classes=3)
    check_condition_input(images, ClassLabels(3), "network", "images")
    with pytest.raises(ValueError, match=r"a condition of shape \('batch', 3\)"):
        check_condition_input(images, VectorCondition(3), "network", "images")
