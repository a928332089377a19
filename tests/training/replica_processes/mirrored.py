"""A GAN on two replicas and on one; run by `test_replicas.py` in a process of its own.

Two devices have to be set before TensorFlow starts.
"""

import json

import keras
import numpy as np
import tensorflow as tf
from keras import layers

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)

from keras_rlgen.models import GAN  # noqa: E402
from keras_rlgen.rewards import DiversityFilter  # noqa: E402

SAMPLES = np.random.default_rng(0).normal(size=(13, 4)).astype("float32")


def made(strategy):
    """Returns a GAN whose samples do not depend on its latents."""
    keras.utils.set_random_seed(1)
    with strategy.scope():
        generator = [layers.Input((2,)), layers.Rescaling(0.0), layers.Dense(4)]
        judge = [layers.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(1)]
        model = GAN(
            keras.Sequential(generator),
            keras.Sequential(judge),
            latent_dim=2,
            discriminator_steps=2,
            ema_momentum=0.9,
            seed=0,
        )
        # Clipped by the norm of the mean over replicas.
        optimizer = keras.optimizers.Adam(0.1, clipnorm=0.1)
        model.compile(optimizer=optimizer, metrics=["frechet_distance"])
    return model


def trained(strategy):
    model = made(strategy)
    options = {"batch_size": 4, "verbose": 0}
    losses = model.fit(SAMPLES[:12], epochs=2, shuffle=False, **options).history
    # The last batch has one sample, and so an empty share.
    results = model.evaluate(SAMPLES, return_dict=True, **options)
    return model, losses, results


def differing(strategy, model):
    """Returns the paths of the variables that are not the same on all replicas."""
    results = {id(v) for metric in model.metrics for v in metric.variables}
    paths = []
    for variable in [*model.variables, *model.optimizer.variables]:
        copies = strategy.experimental_local_results(variable.value)
        if id(variable) not in results and np.any(copies[0] != copies[1]):
            paths.append(variable.path)
    return paths


def raised(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except (ValueError, TypeError, FloatingPointError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def check_streams(strategy):
    """Checks that replicas sample different noise, the first that of one device."""
    key = GAN._next_key
    one, several = made(tf.distribute.get_strategy()), made(strategy)
    for _ in range(2):
        several.reset_metrics()  # as at the start of an epoch
        keys = strategy.run(key, args=(several,))
        first, second = strategy.experimental_local_results(keys)
        np.testing.assert_array_equal(first, key(one))
        assert np.any(first != second)


def check_dropout(strategy):
    with strategy.scope():
        inputs = keras.Input((50,))
        network = keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.5)(inputs)))
        model = GAN(
            keras.Sequential([layers.Input((2,)), layers.Dense(50)]), network, 2
        )
        model.compile()
    model.fit(np.zeros((4, 50), "float32"), batch_size=4, verbose=0)
    dropout = network.layers[1]
    masks = strategy.run(lambda: dropout(tf.ones((1, 50)), training=True))
    first, second = strategy.experimental_local_results(masks)
    assert np.any(first != second)


def check_nan(strategy, model):
    """Checks that NaN on the second replica stops both before the update."""
    before = model.get_weights()
    wrong = SAMPLES[:4].copy()
    wrong[3, 0] = np.nan
    data = tf.data.Dataset.from_tensors(wrong)
    message = raised(model.fit, data, verbose=0)
    assert message and "finite real samples" in message, message
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    model.fit(SAMPLES[:4], batch_size=4, verbose=0)


def messages(strategy, model):
    """Returns the errors of what cannot be distributed, by name."""
    outside = made(tf.distribute.get_strategy())
    with strategy.scope():
        found = {"outside": raised(outside.compile)}
        optimizer = keras.optimizers.Adam(gradient_accumulation_steps=2)
        found["accumulation"] = raised(model.compile, optimizer=optimizer)
        found["jit"] = raised(model.compile, jit_compile=True)
    found["scope"] = raised(model.compile)
    for name, batch_size in {"small": 1, "uneven": 3}.items():
        found[name] = raised(model.fit, SAMPLES, batch_size=batch_size, verbose=0)
    batches = tf.data.Dataset.from_tensor_slices(SAMPLES).batch(3)
    found["data set"] = raised(model.fit, batches, verbose=0)
    with strategy.scope():
        memory = DiversityFilter(lambda x: x[:, 0], radius=0.1)
        parts = {"reward": memory}
        found["memory"] = raised(
            super(GAN, model).compile,
            {"generator": None, "discriminator": None},
            parts=parts,
        )
    return found


if __name__ == "__main__":
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    one, of_one, evaluated_one = trained(tf.distribute.get_strategy())
    model, of_two, evaluated_two = trained(strategy)
    for name in of_one:
        np.testing.assert_allclose(of_one[name], of_two[name], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            evaluated_one[name], evaluated_two[name], rtol=1e-5, atol=1e-6
        )
    for expected, weight in zip(one.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)
    separate = [path for path in differing(strategy, model) if "seed" not in path]
    assert not separate, separate
    np.testing.assert_allclose(model.generate(3, seed=0), one.generate(3, seed=0), 1e-4)
    model.generate(3)
    check_streams(strategy)
    check_nan(strategy, model)
    check_dropout(strategy)
    print(json.dumps(messages(strategy, model)))
