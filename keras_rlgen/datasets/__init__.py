"""Data sets as NumPy arrays: labelled images and Gaussian mixtures."""

from keras_rlgen.datasets.gaussian_mixtures import (
    gaussian_grid,
    gaussian_ring,
    grid_centers,
    ring_centers,
)
from keras_rlgen.datasets.labelled_images import digits, fashion_mnist, mnist

__all__ = [
    "digits",
    "fashion_mnist",
    "gaussian_grid",
    "gaussian_ring",
    "grid_centers",
    "mnist",
    "ring_centers",
]
