"""Pictures of samples, observations and curves, as arrays of pixels and as files."""

from keras_rlgen.pictures.edit_grid import edit_grid, write_edit_grid
from keras_rlgen.pictures.frames import (
    acrobot_frame,
    cart_pole_frame,
    mountain_car_frame,
    pendulum_frame,
)
from keras_rlgen.pictures.image_files import png_bytes, write_animation
from keras_rlgen.pictures.image_grid import image_grid, write_image_grid
from keras_rlgen.pictures.plots import scatter, write_curves
from keras_rlgen.pictures.table import format_table

__all__ = [
    "acrobot_frame",
    "cart_pole_frame",
    "edit_grid",
    "format_table",
    "image_grid",
    "mountain_car_frame",
    "pendulum_frame",
    "png_bytes",
    "scatter",
    "write_animation",
    "write_curves",
    "write_edit_grid",
    "write_image_grid",
]
