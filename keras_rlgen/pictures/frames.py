"""Draws observations of environments that do not render themselves."""

import numpy as np

BACKGROUND, DARK, WOOD, RED = (
    (255, 255, 255),
    (40, 40, 40),
    (202, 152, 101),
    (204, 77, 77),
)
SIZE = 4  # Supersampling factor, for smooth edges.


def acrobot_frame(observation):
    """Draws an observation of `Acrobot` or Gymnasium's `Acrobot-v1`.

    Args:
        observation: Float array `(6,)`: cosine and sine of the upper link's angle, 0
            hangs down; cosine and sine of the angle between the links; angular
            velocities.

    Returns:
        Uint8 array `(160, 160, 3)`, with a line at the height of the goal.
    """
    observation = _checked(observation, 6)
    side = 160
    pixels_per_meter = side / 4.4
    cosines, sines = np.array(observation[:4], float).reshape(2, 2).T
    upper = np.arctan2(sines[0], cosines[0])
    lower = upper + np.arctan2(sines[1], cosines[1])
    hinge = np.array([side / 2, side / 2])
    elbow = hinge + pixels_per_meter * np.array([np.sin(upper), np.cos(upper)])
    tip = elbow + pixels_per_meter * np.array([np.sin(lower), np.cos(lower)])
    image, draw = _canvas(side, side)
    goal = hinge[1] - pixels_per_meter
    _line(draw, [(0, goal), (side, goal)], DARK, 1)
    _line(draw, [hinge, elbow], RED, 8)
    _line(draw, [elbow, tip], WOOD, 8)
    _dot(draw, hinge, 4, DARK)
    _dot(draw, elbow, 4, DARK)
    return _pixels(image, side, side)


def cart_pole_frame(observation):
    """Draws an observation of `CartPole` or Gymnasium's `CartPole-v1`.

    Args:
        observation: Float array `(4,)`: position, velocity, angle, angular velocity.

    Returns:
        Uint8 array `(160, 320, 3)`. The track is as wide as the picture, 4.8 m.
    """
    observation = _checked(observation, 4)
    return _cart_and_pole(observation[0], observation[2], height=160, ground=120)


def cart_pole_swing_up_frame(observation):
    """Draws an observation of `CartPoleSwingUp`.

    Args:
        observation: Float array `(5,)`: position, cosine and sine of the angle,
            velocity, angular velocity.

    Returns:
        Uint8 array `(180, 320, 3)`. The track is as wide as the picture, 4.8 m.
    """
    angle = np.arctan2(float(observation[2]), float(observation[1]))
    return _cart_and_pole(observation[0], angle, height=180, ground=98)


def mountain_car_frame(observation):
    """Draws an observation of `MountainCar` or Gymnasium's `MountainCar-v0`.

    Args:
        observation: Float array `(2,)`: position and velocity.

    Returns:
        Uint8 array `(200, 320, 3)`, with a flag at the goal.
    """
    observation = _checked(observation, 2)
    width, height, pixels_per_unit, left = 320, 200, 320 / 1.8, -1.2

    def place(position):
        up = 0.45 * np.sin(3.0 * position) + 0.55
        return np.array(
            [pixels_per_unit * (position - left), height - 10 - 0.9 * up * 180]
        )

    image, draw = _canvas(width, height)
    _line(draw, [place(x) for x in np.linspace(left, left + 1.8, 100)], DARK, 2)
    flag = place(0.5)
    _line(draw, [flag, flag - [0, 24]], DARK, 2)
    _box(draw, (*(flag - [0, 24]), *(flag + [12, -16])), RED)
    _dot(draw, place(float(observation[0])) - [0, 7], 6, WOOD)
    return _pixels(image, width, height)


def pendulum_frame(observation):
    """Draws an observation of `Pendulum` or Gymnasium's `Pendulum-v1`.

    Args:
        observation: Float array `(3,)`: cosine and sine of the angle, 0 is upright and
            positive angles lean to the left, and angular velocity.

    Returns:
        Uint8 array `(160, 160, 3)`.
    """
    observation = _checked(observation, 3)
    side = 160
    cosine, sine = (float(x) for x in observation[:2])
    hinge = np.array([side / 2, side / 2])
    tip = hinge + 0.4 * side * np.array([-sine, -cosine])
    image, draw = _canvas(side, side)
    _line(draw, [hinge, tip], RED, 14)
    _dot(draw, tip, 7, RED)
    _dot(draw, hinge, 7, RED)
    _dot(draw, hinge, 3, DARK)
    return _pixels(image, side, side)


def _checked(observation, size):
    """Returns an observation as an array, if it is of this size and finite."""
    values = np.asarray(observation)
    real = values.dtype.kind in "fiub"
    if values.shape != (size,) or not real or not np.isfinite(values).all():
        raise ValueError(
            f"Expected an observation of {size} finite numbers, without a batch axis. "
            f"Received: {observation!r}"
        )
    return values


def _cart_and_pole(position, angle, height, ground):
    width, pixels_per_meter = 320, 320 / 4.8
    hinge = np.array([width / 2 + pixels_per_meter * float(position), ground - 8])
    tip = hinge + pixels_per_meter * np.array([np.sin(angle), -np.cos(angle)])
    image, draw = _canvas(width, height)
    _line(draw, [(0, ground), (width, ground)], DARK, 1)
    _box(draw, (*(hinge - [22, 4]), *(hinge + [22, 8])), DARK)
    _line(draw, [hinge, tip], WOOD, 6)
    _dot(draw, hinge, 3, RED)
    return _pixels(image, width, height)


def _canvas(width, height):
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIZE * width, SIZE * height), BACKGROUND)
    return image, ImageDraw.Draw(image)


def _line(draw, points, color, width):
    draw.line([tuple(SIZE * np.asarray(p)) for p in points], color, SIZE * width)


def _box(draw, corners, color):
    draw.rectangle([SIZE * c for c in corners], color)


def _dot(draw, center, radius, color):
    x, y = SIZE * np.asarray(center)
    reach = SIZE * radius
    draw.ellipse([x - reach, y - reach, x + reach, y + reach], color)


def _pixels(image, width, height):
    return np.asarray(image.reduce(SIZE))
