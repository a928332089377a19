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
    layer = keras.layers.Conv2D(
        2,
        1,
        kernel_initializer="zeros",
        kernel_constraint=keras.constraints.MaxNorm(0.0),
    )
    check_causality(logits_of(layer), (4, 4, 1), (0.0, 1.0), layer)


@pytest.mark.parametrize("hidden", ["zeros", "dead"])
def test_weights_cannot_hide_what_a_network_sees(hidden):
    inputs = keras.Input((4, 4, 1))
    bias = keras.initializers.Constant(-100.0 if hidden == "dead" else 0.0)
    x = keras.layers.Conv2D(
        4, 3, padding="same", activation="relu", bias_initializer=bias
    )(inputs)
    last = "zeros" if hidden == "zeros" else "glorot_uniform"
    x = keras.layers.Dense(2, kernel_initializer=last)(x)
    network = keras.Model(inputs, x)
    before = network.get_weights()
    with pytest.raises(ValueError, match="depends on the value at"):
        check_causality(logits_of(network), (4, 4, 1), (0.0, 1.0), network)
    for value, other in zip(network.get_weights(), before, strict=True):
        assert (value == other).all()
