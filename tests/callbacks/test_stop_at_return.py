import warnings

import keras
import pytest

from keras_rlgen.callbacks import StopAtReturn
from tests.callbacks.training import train


def logs_of(returns, name="val_mean_return"):
    return [{"loss": 1.0} if r is None else {"loss": 1.0, name: r} for r in returns]


@pytest.mark.parametrize(
    ("returns", "evaluations", "stopped_epoch"),
    [
        ([10.0, 475.0, 500.0], 1, 1),
        ([10.0, 474.9, 20.0], 1, None),
        ([500.0, 20.0, 480.0, 490.0, 30.0], 2, 3),
        ([500.0, None, 480.0, None], 2, 2),
        ([float("nan"), 500.0], 1, 1),
        ([500.0, float("nan"), 500.0], 2, None),
    ],
)
def test_where_it_stops(returns, evaluations, stopped_epoch):
    stop = StopAtReturn(475, evaluations=evaluations)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = train([stop], keras.Model(), logs_of(returns))
    assert stop.stopped_epoch == stopped_epoch
    last = len(returns) - 1 if stopped_epoch is None else stopped_epoch
    assert history.epoch[-1] == last


def test_it_may_be_used_again():
    stop = StopAtReturn(1.0, monitor="mean_return", evaluations=2)
    model = keras.Model()
    train([stop], model, logs_of([2.0, 2.0, 2.0], "mean_return"))
    assert stop.stopped_epoch == 1
    train([stop], model, logs_of([2.0, 0.0], "mean_return"))
    assert stop.stopped_epoch is None


def test_a_return_that_is_never_logged():
    with pytest.warns(UserWarning, match=r"never saw 'val_mean_return'.*\['loss'\]"):
        train([StopAtReturn(1.0)], keras.Model(), logs_of([None, None]))


def test_bad_arguments():
    with pytest.raises(ValueError, match="Expected `evaluations` >= 1. Received"):
        StopAtReturn(1.0, evaluations=0)
