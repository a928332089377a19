import numpy as np
import pytest

from keras_rlgen import pictures
from keras_rlgen.environments import (
    CartPole,
    ContinuousCartPole,
    GivenStarts,
    GridWorld,
    frame_function,
    known_frame_function,
)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (CartPole(), pictures.cart_pole_frame),
        (ContinuousCartPole(), pictures.cart_pole_frame),
        (GivenStarts(CartPole(), np.zeros((1, 4))), pictures.cart_pole_frame),
        ("MountainCar-v0", pictures.mountain_car_frame),
        ("MountainCarContinuous-v0", pictures.mountain_car_frame),
        ("Hopper-v5", None),
        (None, None),
    ],
)
def test_what_is_known(environment, expected):
    assert known_frame_function(environment) is expected
    if expected is not None:
        assert frame_function(environment, (4,)) is expected


def test_images_are_shown_as_they_are():
    image = np.zeros((8, 10, 1), np.float32)
    image[2, 3] = 255.0
    frame = frame_function(None, (8, 10, 1), 0.0, 255.0)(image)
    assert frame.shape == (9 * 20, 11 * 20, 3)  # 160 pixels high, and a border.
    assert (frame[40:60, 60:80] == 255).all()
    assert frame[: 8 * 20, : 10 * 20].astype(int).sum() == 3 * 255 * 20 * 20
    unbounded = frame_function(None, (8, 10, 1))(image / 255.0)
    np.testing.assert_array_equal(unbounded, frame)


def test_other_observations_are_bars():
    environment = GridWorld(["S.", ".G"])
    shape = environment.observation_shape
    draw = frame_function(environment, shape, 0.0, 1.0)
    frame = draw(np.eye(shape[0])[1])
    np.testing.assert_array_equal(
        frame, pictures.vector_frame(np.eye(shape[0])[1], 0.0, 1.0)
    )
