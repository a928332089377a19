import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import KerasNetwork, QNetwork, ValueNetwork
from tests.agents.toys import (
    DISCRETE,
    OBSERVATION,
    functional,
    mlp,
    observations,
    subclassed,
    tf_agents,
)

layers = keras.layers
MODELS = {"sequential": mlp, "functional": functional, "subclassed": subclassed}


def q_network(model, **kwargs):
    return QNetwork(model, OBSERVATION, DISCRETE, **kwargs)


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param](4)


def with_everything():
    """Returns a model with moving averages, a random state and a regularizer."""
    return keras.Sequential(
        [
            layers.Input((3,)),
            layers.BatchNormalization(),
            layers.Dense(8, kernel_regularizer="l2"),
            layers.Dropout(0.5, seed=0),
            layers.Dense(4),
        ]
    )


def test_answers_what_the_model_does(model):
    network = q_network(model)
    x = observations()
    np.testing.assert_allclose(network(x)[0], model(x), rtol=1e-6)
    model.set_weights([w + 1.0 for w in model.get_weights()])
    np.testing.assert_allclose(network(x)[0], model(x), rtol=1e-6)


def test_outer_dimensions(model):
    network = q_network(model)
    x = observations(time=5)
    outputs, state = network(x, step_type=tf.ones((8, 5), tf.int32), network_state=())
    assert outputs.shape == (8, 5, 4) and state == ()
    np.testing.assert_allclose(outputs[:, 2], network(x[:, 2])[0], rtol=1e-5, atol=1e-6)

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3))], autograph=False)
    def traced(x):
        return network(x)[0]

    np.testing.assert_allclose(traced(x), outputs, rtol=1e-5, atol=1e-6)


def test_variables_are_those_of_the_model(model):
    network = q_network(model)
    for name in ("variables", "trainable_variables", "weights", "trainable_weights"):
        found = getattr(network, name)
        expected = [v.value for v in getattr(model, name)]
        assert len(found) == len(expected) == 4
        assert all(a is b for a, b in zip(found, expected, strict=True))
        assert all(isinstance(v, tf.Variable) for v in found)
    model.layers[-1].trainable = False
    assert len(network.trainable_variables) == len(network.trainable_weights) == 2
    assert len(network.variables) == 4 and len(network.non_trainable_weights) == 2


def test_state_that_is_not_trained():
    model = with_everything()
    network = q_network(model)
    assert len(network.weights) == 8 and len(network.trainable_weights) == 6
    assert len(network.non_trainable_weights) == 2
    # The random state of the dropout is a variable, and no weight.
    assert len(network.variables) == 9 and len(network.non_trainable_variables) == 3
    x = observations() + 5.0
    before = model.get_weights()[2]
    np.testing.assert_allclose(network(x)[0], model(x), rtol=1e-6)
    np.testing.assert_array_equal(model.get_weights()[2], before)
    network(x, training=True)
    assert (model.get_weights()[2] != before).any()
    (regularization,) = network.losses
    kernel = model.layers[1].kernel
    np.testing.assert_allclose(regularization, 0.01 * np.sum(kernel.numpy() ** 2), 1e-5)


def test_copy_has_weights_of_its_own(model):
    network = q_network(model)
    copy = network.copy(name="Target")
    assert copy.name == "Target" and type(copy.model) is type(model)
    assert [v.shape for v in copy.variables] == [v.shape for v in network.variables]
    assert not {id(v) for v in copy.variables} & {id(v) for v in network.variables}
    before = model.get_weights()
    copy.model.set_weights([w + 1.0 for w in before])
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    # A copy of a copy, and one with a given model.
    assert copy.copy().model is not copy.model
    assert copy.copy(model=model).model is model


def test_copy_of_a_compiled_and_partly_frozen_model():
    model = with_everything()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.zeros((4, 3)), np.zeros((4, 4)), verbose=0)
    model.layers[1].trainable = False
    network = q_network(model)
    copy = network.copy()
    for name in ("variables", "trainable_variables", "weights"):
        shapes = [v.shape for v in getattr(network, name)]
        assert shapes == [v.shape for v in getattr(copy, name)]


def test_dictionaries_and_tuples():
    speed, place = layers.Input((2,), name="speed"), layers.Input((1,), name="place")
    output = layers.Dense(1)(layers.Concatenate()([speed, place]))
    model = keras.Model([speed, place], output)
    specs = {"place": tf.TensorSpec((1,)), "speed": tf.TensorSpec((2,))}
    x = {"place": tf.ones((4, 3, 1)), "speed": observations(4, 2, time=3)}
    by_name = ValueNetwork(model, specs)
    values, _ = by_name(x)
    assert values.shape == (4, 3)
    expected = model([x["speed"][:, 1], x["place"][:, 1]])[:, 0]
    np.testing.assert_allclose(values[:, 1], expected, rtol=1e-5)
    by_order = ValueNetwork(model, (specs["speed"], specs["place"]))
    np.testing.assert_allclose(by_order((x["speed"], x["place"]))[0], values, rtol=1e-5)
    assert by_order.copy()((x["speed"], x["place"]))[0].shape == (4, 3)


def test_images_and_array_specs():
    model = keras.Sequential(
        [
            layers.Input((4, 4, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(2, 3),
            layers.Flatten(),
            layers.Dense(4, dtype="mixed_float16"),
        ]
    )
    spec = tf_agents.specs.BoundedArraySpec((4, 4, 1), np.uint8, 0, 255)
    network = QNetwork(model, spec, DISCRETE)
    outputs, _ = network(tf.zeros((2, 5, 4, 4, 1), tf.uint8))
    assert outputs.shape == (2, 5, 4) and outputs.dtype == tf.float32


class Identity(keras.Model):
    def call(self, inputs):
        return inputs


def without_weights():
    model = Identity()
    model(np.zeros((1, 3)))
    return model


def two_outputs():
    x = layers.Input((3,))
    return keras.Model(x, [layers.Dense(4)(x), layers.Dense(1)(x)])


@pytest.mark.parametrize(
    "make_model, error, message",
    [
        (lambda: keras.Sequential([layers.Dense(4)]), ValueError, "a built model"),
        (without_weights, ValueError, "with weights. Received one with none"),
        (two_outputs, TypeError, "one output tensor. Received one with a list"),
        (lambda: layers.Dense(4), TypeError, "Keras 3 model. Received: <Dense"),
        (lambda: q_network(mlp(4)), TypeError, r"Keras 3 model.*\.QNetwork"),
        (lambda: mlp(4, inputs=2), ValueError, r"could not call.*shape=\(3,\)"),
    ],
    ids=["unbuilt", "no weights", "outputs", "layer", "network", "inputs"],
)
def test_models_that_do_not_fit(make_model, error, message):
    with pytest.raises(error, match=f"(?s)`QNetwork` .*{message}"):
        q_network(make_model())


def test_abstract():
    with pytest.raises(TypeError, match="abstract"):
        KerasNetwork(mlp(4), OBSERVATION)
