import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_rlgen import rewards


def images(channels=1, count=3):
    """Returns images from smooth to noisy."""
    random = np.random.default_rng(0)
    noise = random.uniform(-1.0, 1.0, (count, 12, 10, channels))
    ramp = np.linspace(-1.0, 1.0, 10)[:, None] + np.zeros((count, 12, 10, channels))
    share = np.linspace(0.0, 1.0, count)[:, None, None, None]
    return tf.constant((1.0 - share) * ramp + share * noise, tf.float32)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_decodes_to_the_pixels_and_has_that_size(channels):
    samples = images(channels)
    pixels = np.round((samples.numpy() + 1.0) * 127.5).astype(np.uint8)
    value = rewards.Compressibility("png")(samples)
    assert value.dtype == tf.float32
    for size, image in zip(-1000.0 * value.numpy(), pixels, strict=True):
        encoded = tf.io.encode_png(image).numpy()
        assert size == pytest.approx(len(encoded))
        decoded = np.asarray(Image.open(io.BytesIO(encoded)))
        np.testing.assert_array_equal(decoded.reshape(image.shape), image)


def test_noise_is_larger_in_a_graph_too():
    reward = rewards.Compressibility(quality=80)
    value = tf.function(reward, jit_compile=False)(images())
    assert value[0] > value[1] > value[2] > -1.0
    assert not reward.supports_jit
    np.testing.assert_allclose(value, reward(images()), rtol=1e-6)
    assert rewards.Compressibility(quality=20)(images())[2] > value[2]


def test_the_range_is_clipped():
    reward = rewards.Compressibility("png", value_range=(0.0, 1.0))
    flat = reward(tf.zeros((1, 8, 8, 1)))
    assert float(reward(-images(count=1))[0]) < float(flat[0])
    assert float(reward(tf.fill((1, 8, 8, 1), -3.0))[0]) == float(flat[0])


def test_config_round_trip():
    reward = rewards.Compressibility("png", 7, (0.0, 2.0), name="size")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == reward.get_config()
    assert (restored.encoding, restored.quality, restored.name) == ("png", 7, "size")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encoding": "gif"}, r"Unknown encoding: 'gif'. Expected one of \['jpeg'"),
        ({"quality": 0}, r"`quality` to be an integer in \[1, 100\]. Received: 0"),
        ({"value_range": (1, 1)}, r"low < high. Received: \(1, 1\)"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        rewards.Compressibility(**arguments)


def test_what_cannot_be_encoded_is_refused():
    with pytest.raises(ValueError, match="encodes images of 1 or 3 channels as jpeg"):
        rewards.Compressibility()(tf.zeros((2, 8, 8, 2)))
    with pytest.raises(ValueError, match="expected images"):
        rewards.Compressibility()(tf.zeros((2, 8)))
