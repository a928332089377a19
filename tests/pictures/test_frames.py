import numpy as np
import pytest

from keras_rlgen.pictures.frames import (
    DARK,
    RED,
    WOOD,
    acrobot_frame,
    cart_pole_frame,
    mountain_car_frame,
    pendulum_frame,
)


def where(frame, color):
    """The mean place, (right, down), of the pixels of a color."""
    rows, columns = np.nonzero(np.all(frame == color, axis=-1))
    return np.array([columns.mean(), rows.mean()])


@pytest.mark.parametrize("position", [-2.0, 0.0, 1.5])
@pytest.mark.parametrize("angle", [-0.6, 0.0, 0.2])
def test_cart_pole(position, angle):
    frame = cart_pole_frame(np.array([position, 3.0, angle, -2.0], np.float32))
    assert frame.shape == (160, 320, 3) and frame.dtype == np.uint8
    hinge, pole = where(frame, RED), where(frame, WOOD)
    pixels_per_meter = 320 / 4.8
    assert hinge[0] == pytest.approx(160 + pixels_per_meter * position, abs=1.5)
    lean = np.arctan2(pole[0] - hinge[0], hinge[1] - pole[1])
    assert lean == pytest.approx(angle, abs=0.05)


def test_a_cart_out_of_the_picture():
    frame = cart_pole_frame(np.array([2.4, 0.0, 0.0, 0.0]))
    assert where(frame, DARK)[0] > 150


@pytest.mark.parametrize("angle", [-2.0, 0.0, 0.5, 3.0])
def test_pendulum(angle):
    observation = np.float32([np.cos(angle), np.sin(angle), 1.0])
    frame = pendulum_frame(observation)
    assert frame.shape == (160, 160, 3) and frame.dtype == np.uint8
    right, down = where(frame, RED) - where(frame, DARK)
    # Positive angles lean to the left, as in Gymnasium.
    lean = np.arctan2(-right, -down)
    assert np.cos(lean - angle) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("upper", [-2.0, 0.0, 0.7])
@pytest.mark.parametrize("between", [-1.0, 0.0, 2.0])
def test_acrobot(upper, between):
    angles = np.array([upper, between])
    cosines_and_sines = np.stack([np.cos(angles), np.sin(angles)], axis=1).ravel()
    frame = acrobot_frame(np.float32([*cosines_and_sines, 3.0, -1.0]))
    assert frame.shape == (160, 160, 3) and frame.dtype == np.uint8
    lower = upper + between
    pixels_per_meter = 160 / 4.4
    elbow = 80 + pixels_per_meter * np.array([np.sin(upper), np.cos(upper)])
    center = elbow + 0.5 * pixels_per_meter * np.array([np.sin(lower), np.cos(lower)])
    np.testing.assert_allclose(where(frame, WOOD), center, atol=4.0)
    np.testing.assert_allclose(where(frame, RED), (80 + elbow) / 2, atol=4.0)


@pytest.mark.parametrize("position", [-1.2, -0.5, 0.1, 0.5])
def test_mountain_car(position):
    frame = mountain_car_frame(np.float32([position, 0.03]))
    assert frame.shape == (200, 320, 3) and frame.dtype == np.uint8
    right, down = where(frame, WOOD)
    assert right == pytest.approx((position + 1.2) * 320 / 1.8, abs=3.0)
    # The car stands on the hill.
    height = 0.45 * np.sin(3.0 * position) + 0.55
    assert down == pytest.approx(190.0 - 162.0 * height - 7.0, abs=2.0)
    assert where(frame, RED)[0] == pytest.approx((0.5 + 1.2) * 320 / 1.8 + 6, abs=1.5)


@pytest.mark.parametrize(
    "observation", [np.zeros(7), np.full(4, np.nan), np.zeros((1, 4)), "x", 0.0]
)
@pytest.mark.parametrize("draw", [cart_pole_frame, acrobot_frame, pendulum_frame])
def test_what_is_no_observation(draw, observation):
    with pytest.raises(ValueError, match="finite numbers, without a batch axis"):
        draw(observation)
