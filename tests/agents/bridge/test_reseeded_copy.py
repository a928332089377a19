import keras
import numpy as np
import pytest

from keras_rlgen.agents.bridge.reseeded_copy import reseeded_copy
from tests.agents.toys import functional, mlp, subclassed
from tests.networks import assert_same, differ, values

layers = keras.layers


@pytest.mark.parametrize("make_model", [mlp, functional])
def test_starts_from_other_weights(make_model):
    model = make_model(2)
    copy, again, other = (reseeded_copy(model, s) for s in ("one", "one", "two"))
    assert [v.shape for v in copy.weights] == [v.shape for v in model.weights]
    for kernel, copied in zip(values(model)[::2], values(copy)[::2], strict=True):
        assert np.all(kernel != copied)
    assert_same(values(copy), values(again))
    assert differ(values(copy), values(other))


def test_seeds_of_layers_within_layers():
    inner = keras.Sequential([layers.Input((3,)), layers.Dropout(0.5, seed=1)])
    copy = reseeded_copy(keras.Sequential([layers.Input((3,)), inner]), "one")
    assert copy.layers[0].layers[0].seed not in (None, 1)


class TwoInputs(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.last = layers.Dense(1)

    def call(self, inputs):
        return self.last(keras.ops.concatenate(inputs, axis=-1))


def test_subclassed_models_without_seeds():
    """Their classes need not be registered."""
    x, y = np.ones((5, 3), "float32"), np.ones((5, 2), "float32")
    two_inputs = TwoInputs()
    two_inputs([x, y])
    for model, inputs in ((subclassed(2), x), (two_inputs, [x, y])):
        copy = reseeded_copy(model, "one")
        assert copy.built and len(copy.weights) == len(model.weights)
        assert np.any(model(inputs) != copy(inputs))
