import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay import Realism

SEED = tf.constant([1, 2])


class Judge:
    """A generator whose transitions are their own realism."""

    def realism(self, transition):
        return transition

    def check_realism(self):
        raise ValueError("no discriminator")


def test_steps_below_the_threshold_are_rejected():
    admitted = Realism(0.4)(Judge(), tf.constant([0.3, 0.4, 0.9]), SEED)
    np.testing.assert_array_equal(admitted, [False, True, True])


@pytest.mark.parametrize("realism, expected", [(0.2, 0.25), (0.5, 1.0), (0.9, 1.0)])
def test_steps_are_weighed_by_their_odds(realism, expected):
    admitted = Realism(0.0, "weigh")(Judge(), tf.fill((4000,), realism), SEED)
    assert abs(np.mean(admitted) - expected) < 0.03
    assert not np.any(Realism(0.95, "weigh")(Judge(), tf.fill((9,), realism), SEED))


def test_config_and_errors():
    gate = Realism(0.3, kind="weigh")
    config = keras.saving.serialize_keras_object(gate)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == gate.get_config()
    assert (again.threshold, again.kind) == (0.3, "weigh")
    with pytest.raises(ValueError, match=r"`threshold` in \[0, 1\]"):
        Realism(1.5)
    with pytest.raises(ValueError, match="Expected `kind` in"):
        Realism(kind="other")
    with pytest.raises(ValueError, match="no discriminator"):
        gate.check(Judge())
