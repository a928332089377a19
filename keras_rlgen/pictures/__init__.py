"""Pictures of samples, observations and curves, as arrays of pixels and as files."""

from keras_rlgen.pictures.edit_grid import edit_grid, write_edit_grid
from keras_rlgen.pictures.fan_chart import fan_chart, fan_quantiles, write_fan_chart
from keras_rlgen.pictures.frames import (
    acrobot_frame,
    cart_pole_frame,
    cart_pole_swing_up_frame,
    mountain_car_frame,
    pendulum_frame,
)
from keras_rlgen.pictures.frontiers import frontiers, write_frontiers
from keras_rlgen.pictures.image_files import png_bytes, write_animation
from keras_rlgen.pictures.image_grid import image_grid, write_image_grid
from keras_rlgen.pictures.labelled_rows import labelled_rows, write_labelled_rows
from keras_rlgen.pictures.phase_portrait import phase_portrait, write_phase_portrait
from keras_rlgen.pictures.plots import scatter, write_curves
from keras_rlgen.pictures.side_by_side import side_by_side
from keras_rlgen.pictures.table import format_table
from keras_rlgen.pictures.vector_frame import vector_frame

__all__ = [
    "acrobot_frame",
    "cart_pole_frame",
    "cart_pole_swing_up_frame",
    "edit_grid",
    "fan_chart",
    "fan_quantiles",
    "format_table",
    "frontiers",
    "image_grid",
    "labelled_rows",
    "mountain_car_frame",
    "pendulum_frame",
    "phase_portrait",
    "png_bytes",
    "scatter",
    "side_by_side",
    "vector_frame",
    "write_animation",
    "write_curves",
    "write_edit_grid",
    "write_fan_chart",
    "write_frontiers",
    "write_image_grid",
    "write_labelled_rows",
    "write_phase_portrait",
]
