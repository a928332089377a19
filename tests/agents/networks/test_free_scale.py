import keras
import numpy as np
import pytest

from keras_rlgen.agents.networks import FreeScale
from tests.agents.toys import mlp, with_free_scale


def test_appends_log_scales_that_depend_on_no_input():
    layer = FreeScale(0.5)
    means = np.arange(6, dtype="float32").reshape(3, 2)
    outputs = np.array(layer(means))
    np.testing.assert_array_equal(outputs[:, :2], means)
    np.testing.assert_allclose(outputs[:, 2:], np.log(0.5))
    assert layer.compute_output_shape((None, 2)) == (None, 4)
    assert [v.shape for v in layer.trainable_weights] == [(2,)]


def test_saved_with_the_model(tmp_path):
    model = with_free_scale(mlp(2), initial_scale=0.3)
    model.layers[-1].log_scale.assign([1.0, 2.0])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].initial_scale == 0.3
    x = np.ones((4, 3), "float32")
    np.testing.assert_array_equal(loaded(x), model(x))


def test_mixed_precision():
    outputs = FreeScale(dtype="mixed_float16")(np.ones((3, 2)))
    assert outputs.dtype == "float16" and outputs.shape == (3, 4)


@pytest.mark.parametrize("initial_scale", [0.0, -1.0, float("nan")])
def test_scale_not_positive(initial_scale):
    with pytest.raises(ValueError, match="Expected `initial_scale` > 0. Received"):
        FreeScale(initial_scale)
