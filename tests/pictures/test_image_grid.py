import numpy as np
import pytest

from keras_rlgen import pictures
from keras_rlgen.pictures import image_grid

BORDER = 90


def grey(*rows):
    """A picture from rows of grey values."""
    return np.repeat(np.array(rows, np.uint8)[..., np.newaxis], 3, axis=-1)


def test_grid_by_hand():
    images = np.array([[0.0, 1.0], [0.5, 0.0], [1.0, 1.0]]).reshape(3, 1, 2, 1)
    grid = pictures.image_grid(images, columns=2, scale=1)
    assert grid.dtype == np.uint8
    np.testing.assert_array_equal(
        grid,
        grey(
            [0, 255, BORDER, 128, 0, BORDER],
            [BORDER] * 6,
            [255, 255, BORDER, BORDER, BORDER, BORDER],
            [BORDER] * 6,
        ),
    )


def test_colours_and_scale():
    image = np.array([[[[1.0, 0.0, 0.2]]]])
    grid = pictures.image_grid(image, scale=2)
    assert grid.shape == (4, 4, 3)
    np.testing.assert_array_equal(
        grid[:2, :2], np.broadcast_to([255, 0, 51], (2, 2, 3))
    )
    np.testing.assert_array_equal(grid[2:], np.full((2, 4, 3), BORDER))
    np.testing.assert_array_equal(grid[:, 2:], np.full((4, 2, 3), BORDER))


@pytest.mark.parametrize(
    ("values", "value_range", "expected"),
    [
        ([-1.0, 0.0, 1.0], None, [0, 128, 255]),
        ([0.0, 0.5, 1.0], None, [0, 128, 255]),
        ([-0.5, 0.0, 3.0], None, [64, 128, 255]),
        ([0.0, 51.0, 255.0], (0.0, 255.0), [0, 51, 255]),
        ([-7.0, 2.0, 9.0], (1.0, 3.0), [0, 128, 255]),
    ],
)
def test_range_of_values(values, value_range, expected):
    images = np.reshape(values, (1, 1, 3, 1))
    grid = pictures.image_grid(images, value_range=value_range, scale=1)
    np.testing.assert_array_equal(grid[0, :3, 0], expected)


@pytest.mark.parametrize(
    ("count", "size", "shape"),
    # A square of cells, each at least 48 pixels high with its border.
    [(25, 8, (5 * 9 * 6, 5 * 9 * 6, 3)), (5, 28, (2 * 29 * 2, 3 * 29 * 2, 3))],
)
def test_default_layout(count, size, shape):
    assert pictures.image_grid(np.zeros((count, size, size, 1))).shape == shape
    assert pictures.image_grid(np.zeros((1, 60, 50, 3))).shape == (61, 51, 3)


@pytest.mark.parametrize("shape", [(4, 8, 8), (4, 8, 8, 2), (8, 8)])
def test_what_is_no_set_of_images_is_refused(shape):
    with pytest.raises(ValueError, match="height, width, 1 or 3") as error:
        pictures.image_grid(np.zeros(shape))
    assert f"Received: {shape}" in str(error.value)


def test_complex_images():
    with pytest.raises(TypeError, match="real dtype. Received: complex"):
        image_grid(np.zeros((1, 2, 2, 1), complex))
