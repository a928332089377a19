import keras
import pytest

from keras_rlgen.models.autoregressive.causality import check_causality


def logits_of(layer):
    outputs = keras.layers.Reshape((4, 4, 1, 2))

    def logits(images):
        return outputs(layer(images))

    return logits


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_what_sees_itself_or_later_pixels_is_refused(kernel_size):
    layer = keras.layers.Conv2D(2, kernel_size, padding="same")
    # A 1 x 1 kernel sees the pixel itself, a 3 x 3 kernel the ones below.
    source = r"\(0, 0, 0\)" if kernel_size == 1 else r"\(1, 1, 0\)"
    with pytest.raises(ValueError, match=rf"at \(0, 0, 0\) depends on .* {source}"):
        check_causality(logits_of(layer), (4, 4, 1), (0.0, 1.0), layer)


def test_what_sees_nothing_is_accepted():
    layer = keras.layers.Conv2D(2, 1, kernel_initializer="zeros")
    check_causality(logits_of(layer), (4, 4, 1), (0.0, 1.0), layer)
