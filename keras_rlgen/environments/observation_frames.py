"""Finds how observations of an environment are drawn."""

import functools

import numpy as np

from keras_rlgen import pictures
from keras_rlgen.environments.acrobot import Acrobot
from keras_rlgen.environments.cart_pole import CartPole
from keras_rlgen.environments.cart_pole_swing_up import CartPoleSwingUp
from keras_rlgen.environments.continuous_cart_pole import ContinuousCartPole
from keras_rlgen.environments.fixed_horizon_cart_pole import FixedHorizonCartPole
from keras_rlgen.environments.mountain_car import MountainCar
from keras_rlgen.environments.pendulum import Pendulum

_DRAWN = {
    Acrobot: pictures.acrobot_frame,
    CartPole: pictures.cart_pole_frame,
    CartPoleSwingUp: pictures.cart_pole_swing_up_frame,
    ContinuousCartPole: pictures.cart_pole_frame,
    FixedHorizonCartPole: pictures.cart_pole_frame,
    MountainCar: pictures.mountain_car_frame,
    Pendulum: pictures.pendulum_frame,
}
_DRAWN_IDS = {
    "Acrobot": pictures.acrobot_frame,
    "CartPole": pictures.cart_pole_frame,
    "MountainCar": pictures.mountain_car_frame,
    "MountainCarContinuous": pictures.mountain_car_frame,
    "Pendulum": pictures.pendulum_frame,
}


def known_frame_function(environment):
    """Returns the function that draws observations of an environment, or `None`.

    Args:
        environment: A `TensorEnvironment` or the id of one of Gymnasium's.

    Returns:
        Function from an observation, without a batch axis, to a uint8 array `(height,
        width, 3)`; `None` if the package does not know what its numbers mean.

    Example:

    >>> known_frame_function("Pendulum-v1").__name__
    'pendulum_frame'
    """
    if isinstance(environment, str):
        return _DRAWN_IDS.get(environment.rpartition("-v")[0])
    inner = getattr(environment, "environment", None)
    return _DRAWN.get(type(environment)) or (inner and known_frame_function(inner))


def frame_function(environment, shape, low=-np.inf, high=np.inf):
    """Returns a function that draws observations: known, as an image, or as bars.

    Args:
        environment: As in `known_frame_function`; any other is drawn by its numbers.
        shape: Tuple, the shape of an observation.
        low: Array that broadcasts to it, the lowest values.
        high: Array, the highest values.

    Returns:
        Function as in `known_frame_function`. Observations `(height, width, 1 or 3)`
        are taken as images: with finite bounds these are black and white, otherwise 0
        and 1. Other observations become bars, see `pictures.vector_frame`.

    Example:

    >>> draw = frame_function("Hopper-v5", shape=(11,))
    >>> draw(np.zeros(11)).shape
    (198, 200, 3)
    """
    known = known_frame_function(environment)
    if known is not None:
        return known
    if len(shape) == 3 and shape[-1] in (1, 3):
        bounds = float(np.min(low)), float(np.max(high))
        return functools.partial(
            _image_frame, bounds=bounds if np.isfinite(bounds).all() else (0.0, 1.0)
        )
    return functools.partial(pictures.vector_frame, low=low, high=high)


def _image_frame(observation, bounds):
    images = np.asarray(observation, np.float32)[np.newaxis]
    scale = max(1, -(-160 // images.shape[1]))
    return pictures.image_grid(images, 1, bounds, scale)
