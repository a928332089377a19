import keras
import pytest

from keras_rlgen.losses.check_logits import check_logits

layers = keras.layers


def model(*last):
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "sigmoid"), *last])


def functional(last):
    inputs = keras.Input((3,))
    return keras.Model(inputs, last(layers.Dense(1)(inputs)))


@pytest.mark.parametrize(
    "discriminator, activation",
    [
        (model(layers.Dense(1, "sigmoid")), "sigmoid"),
        (model(layers.Dense(1), layers.Activation("sigmoid")), "sigmoid"),
        (model(layers.Dense(2, "softmax")), "softmax"),
        (functional(layers.Activation("hard_sigmoid")), "hard_sigmoid"),
        (functional(keras.Sequential([layers.Dense(1, "sigmoid")])), "sigmoid"),
    ],
)
def test_probabilities_are_refused(discriminator, activation):
    with pytest.raises(ValueError, match=f"returns logits.*'{activation}'. Leave"):
        check_logits(discriminator)


@pytest.mark.parametrize(
    "discriminator",
    [
        model(layers.Dense(1)),
        model(layers.Dense(1, "tanh")),
        functional(layers.Flatten()),
        lambda x: x,
    ],
)
def test_logits_pass(discriminator):
    check_logits(discriminator)


def test_the_name_is_in_the_error():
    with pytest.raises(ValueError, match="Expected a potential that"):
        check_logits(model(layers.Dense(1, "sigmoid")), "potential")


def test_a_sigmoid_before_a_reshape_or_as_an_operation():
    inputs = keras.Input((3,))
    for last in (
        layers.Flatten()(layers.Dense(1, "sigmoid")(inputs)),
        keras.ops.sigmoid(layers.Dense(1)(inputs)),
    ):
        with pytest.raises(ValueError, match="'sigmoid'. Leave"):
            check_logits(keras.Model(inputs, last))
