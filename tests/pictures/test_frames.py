import numpy as np
import pytest

from keras_rlgen.pictures.frames import (
    DARK,
    RED,
    WOOD,
    cart_pole_frame,
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
