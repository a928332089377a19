import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards


def images(height, width, channels, count=3):
    random = np.random.default_rng(0)
    return random.uniform(-1.0, 1.0, (count, height, width, channels)).astype("float32")


def laplacian(image):
    """The mean absolute five-point Laplacian at inner pixels, pixel by pixel."""
    height, width, channels = image.shape
    responses = [
        abs(
            sum(
                image[y + dy, x + dx, c]
                for dy, dx in [(-1, 0), (1, 0), (0, -1), (0, 1)]
            )
            - 4.0 * image[y, x, c]
        )
        for y in range(1, height - 1)
        for x in range(1, width - 1)
        for c in range(channels)
    ]
    return np.mean(responses)


def deviation(image):
    mean = sum(image.ravel()) / image.size
    return np.sqrt(sum((pixel - mean) ** 2 for pixel in image.ravel()) / image.size)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("shape", [(3, 3, 1), (5, 4, 3)])
@pytest.mark.parametrize(
    ("reward", "reference"),
    [(rewards.Sharpness, laplacian), (rewards.Contrast, deviation)],
)
def test_slow_references(reward, reference, shape, jit_compile):
    samples = images(*shape)
    value = tf.function(reward(), jit_compile=jit_compile)(tf.constant(samples))
    assert value.shape == (3,) and value.dtype == tf.float32
    expected = [reference(image.astype("float64")) for image in samples]
    np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_a_chessboard_has_the_most_of_both():
    rows, columns = np.indices((6, 6))
    board = np.where((rows + columns) % 2, 1.0, -1.0).astype("float32")[None, ..., None]
    assert float(rewards.Sharpness()(board)[0]) == 8.0
    assert float(rewards.Contrast()(board)[0]) == 1.0


def test_a_flat_image_and_a_ramp():
    flat = np.full((1, 5, 5, 1), 0.5, "float32")
    ramp = np.broadcast_to(np.arange(5.0, dtype="float32")[:, None], (1, 5, 5))[
        ..., None
    ]
    assert float(rewards.Sharpness()(flat)[0]) == 0.0
    assert float(rewards.Contrast()(flat)[0]) == 0.0
    # An even slope has contrast and no edge.
    assert float(rewards.Sharpness()(ramp)[0]) == 0.0
    assert float(rewards.Contrast()(ramp)[0]) == pytest.approx(np.sqrt(2.0))


@pytest.mark.parametrize("reward", [rewards.Sharpness, rewards.Contrast])
def test_config_round_trip(reward):
    config = keras.saving.serialize_keras_object(reward(name="look"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is reward and restored.name == "look"


@pytest.mark.parametrize("reward", [rewards.Sharpness, rewards.Contrast])
def test_what_is_no_image_is_refused(reward):
    with pytest.raises(ValueError, match=f"Reward '{reward().name}' expected images"):
        reward()(tf.zeros((2, 5, 5)))
    with pytest.raises(ValueError, match=r"Received: \(2, 5\)"):
        reward()(tf.zeros((2, 5)))


@pytest.mark.parametrize("shape", [(2, 2, 5, 1), (2, 5, 2, 1)])
def test_images_without_inner_pixels_are_refused(shape):
    with pytest.raises(ValueError, match="at least 3 x 3 pixels") as error:
        rewards.Sharpness()(tf.zeros(shape))
    assert f"Received: {shape}" in str(error.value)
