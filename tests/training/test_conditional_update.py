import doctest

import keras
import pytest
import tensorflow as tf

from keras_rlgen.training import conditional_update
from keras_rlgen.training.conditional_update import run_if

ONE_DEVICE = {
    "none": lambda: tf.distribute.get_strategy(),
    "one_device": lambda: tf.distribute.OneDeviceStrategy("CPU:0"),
    "mirrored": lambda: tf.distribute.MirroredStrategy(["CPU:0"]),
}


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("make", ONE_DEVICE.values(), ids=ONE_DEVICE)
def test_an_optimizer_updates_where_the_condition_holds(make, jit_compile):
    strategy = make()
    with strategy.scope():
        weight = keras.Variable(1.0)
        optimizer = keras.optimizers.Adam(0.5)
        optimizer.build([weight])

    @tf.function(jit_compile=jit_compile)
    def step(condition):
        strategy.run(
            lambda: run_if(
                condition, lambda: optimizer.apply([tf.constant(1.0)], [weight])
            )
        )

    step(tf.constant(False))
    assert float(weight.value.read_value()) == 1.0
    assert int(optimizer.iterations.value.read_value()) == 0
    step(tf.constant(True))
    assert float(weight.value.read_value()) == pytest.approx(0.5, rel=1e-5)
    assert int(optimizer.iterations.value.read_value()) == 1


def test_example():
    assert doctest.testmod(conditional_update).failed == 0
