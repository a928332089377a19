import keras
import pytest

from keras_rlgen.training.checked_optimizer import checked_optimizer


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_rates_that_cannot_learn(rate):
    with pytest.raises(ValueError, match="learning rate of zero or above"):
        checked_optimizer(keras.optimizers.Adam(rate))


@pytest.mark.parametrize("value", [None, 0.01])
def test_what_is_no_optimizer(value):
    with pytest.raises((TypeError, ValueError)):
        checked_optimizer(value)


def test_schedules_and_names():
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 10)
    optimizer = keras.optimizers.SGD(schedule)
    assert checked_optimizer(optimizer) is optimizer
    assert isinstance(checked_optimizer("adam"), keras.optimizers.Adam)
