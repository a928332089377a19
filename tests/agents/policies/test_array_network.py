import keras
import numpy as np
import pytest

from keras_rlgen.agents.policies.array_network import ArrayNetwork

layers = keras.layers


def chain(*middle, size=3):
    return keras.Sequential([keras.Input((size,)), *middle, layers.Dense(2)])


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear"])
def test_it_computes_what_the_model_does(activation):
    model = chain(
        layers.Dense(5, activation), layers.Dropout(0.5), layers.Dense(4, activation)
    )
    for weight in model.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    assert ArrayNetwork.supports(model)
    network = ArrayNetwork(model)
    weights = [variable.numpy() for variable in network.variables]
    x = np.random.default_rng(1).normal(size=(7, 3)).astype("float32")
    outputs = network(weights, x)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, model(x), rtol=1e-5, atol=1e-6)


class Doubled(layers.Dense):
    def call(self, inputs, training=None):
        return 2 * super().call(inputs)


def functional():
    x = keras.Input((3,))
    return keras.Model(x, layers.Dense(2)(x))


@pytest.mark.parametrize(
    "make_model",
    [
        lambda: chain(layers.Dense(4, "gelu")),
        lambda: chain(layers.Dense(4, use_bias=False)),
        lambda: chain(layers.LayerNormalization()),
        lambda: chain(layers.Dense(4, dtype="mixed_bfloat16")),
        lambda: chain(Doubled(4)),
        functional,
    ],
)
def test_models_that_are_left_to_tensorflow(make_model):
    assert not ArrayNetwork.supports(make_model())
