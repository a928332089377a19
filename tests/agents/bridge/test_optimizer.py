import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from tests.agents.toys import mlp
from tests.networks import assert_same, values

optimizers = keras.optimizers
OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "schedule and clipping": lambda: optimizers.Adam(
        optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), global_clipnorm=0.5
    ),
    "weight decay": lambda: optimizers.AdamW(0.01, weight_decay=0.1, clipvalue=0.3),
    "averaged": lambda: optimizers.RMSprop(
        0.01, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2
    ),
    "accumulated": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
}
MODES = {
    "eager": lambda function: function,
    "graph": tf.function,
    "jit": lambda function: tf.function(function, jit_compile=True),
}


def constrained():
    model = mlp(2)
    model.layers[0].kernel.constraint = keras.constraints.MaxNorm(0.1)
    return model


def gradients_of(variables):
    return [tf.cos(tf.convert_to_tensor(v)) for v in variables]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_as_keras_does(name):
    reference, keras_optimizer = constrained(), OPTIMIZERS[name]()
    for _ in range(4):
        variables = reference.trainable_variables
        keras_optimizer.apply(gradients_of(variables), variables)
    for mode, compiled in MODES.items():
        model = constrained()
        inner = OPTIMIZERS[name]()
        optimizer = KerasOptimizer(inner, model.trainable_variables)
        assert inner.built and optimizer.optimizer is inner

        def step(model=model, optimizer=optimizer):
            # TF-Agents hands the variables over in an order of its own.
            variables = [v.value for v in reversed(model.trainable_variables)]
            optimizer.apply_gradients(
                zip(gradients_of(variables), variables, strict=True)
            )

        step = compiled(step)
        for _ in range(4):
            step()
        assert_same(values(model), values(reference), rtol=1e-5, atol=1e-6)
        assert int(inner._iterations) == 4, mode
        np.testing.assert_allclose(
            optimizer.learning_rate, keras_optimizer.learning_rate
        )


def test_layers_that_two_models_share():
    x = keras.Input((3,))
    trunk = keras.layers.Dense(4)(x)
    actor = keras.Model(x, keras.layers.Dense(2)(trunk))
    critic = keras.Model(x, keras.layers.Dense(1)(trunk))
    inner = optimizers.SGD(0.1, momentum=0.9)
    KerasOptimizer(inner, actor.trainable_variables + critic.trainable_variables)
    assert len(inner.variables) == 2 + 6


def test_a_subset_and_missing_gradients():
    model = mlp(2)
    before = values(model)
    optimizer = KerasOptimizer(optimizers.SGD(0.1), model.trainable_variables)
    kernel, bias = (v.value for v in model.trainable_variables[:2])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        optimizer.apply_gradients([(tf.ones_like(kernel), kernel), (None, bias)])
    np.testing.assert_allclose(values(model)[0], before[0] - 0.1, rtol=1e-5)
    assert_same(values(model)[1:], before[1:])


def test_goes_on_with_an_optimizer_that_was_used():
    model = mlp(2)
    model.compile(optimizers.Adam(0.01), "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    before = values(model.optimizer)
    optimizer = KerasOptimizer(model.optimizer, model.trainable_variables)
    assert_same(values(model.optimizer), before)
    variables = [v.value for v in model.trainable_variables]
    optimizer.apply_gradients(zip(gradients_of(variables), variables, strict=True))
    assert int(model.optimizer.iterations) == 2


@pytest.mark.parametrize(
    "optimizer, message",
    [
        ("adam", "one of `keras.optimizers`. Received: 'adam' of type builtins.str"),
        (tf_keras.optimizers.Adam(), "Received: .* of type tf_keras"),
        (optimizers.Adam, "Received: <class"),
        (optimizers.LossScaleOptimizer(optimizers.SGD()), "Pass its `inner_optimizer`"),
    ],
    ids=["name", "Keras 2", "class", "loss scale"],
)
def test_optimizers_that_do_not_fit(optimizer, message):
    with pytest.raises(TypeError, match=f"Expected .*{message}"):
        KerasOptimizer(optimizer, mlp(2).trainable_variables)


def test_variables_that_do_not_fit():
    model = mlp(2)
    tf_variables = [v.value for v in model.trainable_variables]
    with pytest.raises(TypeError, match="Keras variables. Received: <tf.Variable"):
        KerasOptimizer(optimizers.SGD(), tf_variables)
    optimizer = KerasOptimizer(optimizers.SGD(), model.trainable_variables[:2])
    kernel = tf_variables[2]
    with pytest.raises(ValueError, match="of the 2 variables.*Received others.*kernel"):
        optimizer.apply_gradients([(tf.ones_like(kernel), kernel)])
    model.trainable = False
    with pytest.raises(ValueError, match="at least one variable.*frozen"):
        KerasOptimizer(optimizers.SGD(), model.trainable_variables)
