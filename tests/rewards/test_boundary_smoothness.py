import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.layers import mask_images


def images(channels=2):
    random = np.random.default_rng(0)
    return tf.constant(random.uniform(-1.0, 1.0, (3, 4, 5, channels)), tf.float32)


def masks():
    return np.random.default_rng(1).random((3, 4, 5)) < 0.6


def degraded(channels=2):
    """Images of which `masks()` tells what is known."""
    return mask_images(images(channels), masks())


def slow_boundary_smoothness(image, mask):
    height, width, _ = image.shape
    steps = []
    for y in range(height):
        for x in range(width):
            for other in ((y + 1, x), (y, x + 1)):
                if other[0] < height and other[1] < width:
                    if mask[y, x] != mask[other]:
                        steps.append(np.mean(np.abs(image[y, x] - image[other])))
    return -np.mean(steps)


def test_each_sample_has_its_mask():
    expected = [
        slow_boundary_smoothness(image.numpy(), mask)
        for image, mask in zip(images(), masks(), strict=True)
    ]
    value = rewards.BoundarySmoothness()(images(), degraded())
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_a_fixed_mask_goes_before_that_of_the_condition():
    reward = rewards.BoundarySmoothness(masks()[0])
    expected = [slow_boundary_smoothness(x.numpy(), masks()[0]) for x in images()]
    for condition in (None, degraded()):
        value = reward(images(), condition)
        np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_masks_reach_the_terms_of_a_composite_in_a_graph():
    reward = 0.5 * rewards.BoundarySmoothness() + rewards.Sharpness()

    value, parts = tf.function(reward.terms)(images(1), degraded(1))
    alone = rewards.BoundarySmoothness()(images(1), degraded(1))
    np.testing.assert_allclose(parts["boundary_smoothness"], alone, rtol=1e-6)
    np.testing.assert_allclose(value, 0.5 * alone + parts["sharpness"], rtol=1e-6)


def test_nothing_filled_is_no_step_and_has_no_gradient():
    samples = images()
    with tf.GradientTape() as tape:
        tape.watch(samples)
        value = rewards.BoundarySmoothness(np.ones((4, 5)))(samples)
    assert value.numpy().tolist() == [0.0, 0.0, 0.0]
    assert not np.any(tape.gradient(value, samples))


def test_config_round_trip():
    reward = rewards.BoundarySmoothness(masks()[0], name="edge")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.name == "edge"
    np.testing.assert_array_equal(restored(images()), reward(images()))


def test_a_missing_or_wrong_mask_is_refused():
    with pytest.raises(ValueError, match=r"has no mask.*Received: None. Give it a fix"):
        rewards.BoundarySmoothness()(images())
    with pytest.raises(ValueError, match=r"has no mask.*shape \(3, 4, 5, 2\). Give it"):
        rewards.BoundarySmoothness()(images(), images())
    with pytest.raises(ValueError, match=r"has no mask.*Received: shape \(3,\)"):
        rewards.BoundarySmoothness()(images(), np.zeros(3, "int32"))
    with pytest.raises(ValueError, match=r"= \(4, 5\). Received: \(5, 4\)"):
        rewards.BoundarySmoothness(np.ones((5, 4)))(images())
    with pytest.raises(ValueError, match=r"= \(4, 5\). Received: \(5, 4\)"):
        rewards.BoundarySmoothness()(images(), tf.ones((3, 5, 4, 3)))
    with pytest.raises(ValueError, match="expected images"):
        rewards.BoundarySmoothness(masks()[0])(tf.zeros((2, 5)))


def test_a_mask_of_other_values():
    with pytest.raises(ValueError, match="`mask` of 1 .known. and 0"):
        rewards.BoundarySmoothness(np.full((4, 4), 0.5))
