import doctest

import keras
import pytest

from keras_rlgen.replay import HeldOutRatio, held_out_ratio


def test_examples():
    assert doctest.testmod(held_out_ratio).failed == 0


def test_it_falls_with_the_error():
    ratio = HeldOutRatio(maximum=0.8, tolerance=0.5)
    assert ratio(0).numpy() == 0.0
    for error, expected in (0.0, 0.8), (0.25, 0.4), (2.0, 0.0):
        ratio.update(error)
        assert ratio(0).numpy() == pytest.approx(expected)


def test_config_and_errors():
    ratio = HeldOutRatio(maximum=0.8, tolerance=0.3)
    config = keras.saving.serialize_keras_object(ratio)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == ratio.get_config()
    for kwargs in {"maximum": 0.0}, {"maximum": 1.5}, {"tolerance": 0.0}:
        with pytest.raises(ValueError, match="Expected `maximum` in"):
            HeldOutRatio(**kwargs)
