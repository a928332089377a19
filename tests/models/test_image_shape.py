import pytest

from keras_rlgen.models.image_shape import is_image_shape


@pytest.mark.parametrize("shape", [4, "abc", (4, 4), (4, 4, 0), (4, 4, 1.0), None])
def test_what_is_no_shape_of_an_image(shape):
    assert not is_image_shape(shape)


def test_shapes_of_images():
    assert is_image_shape((4, 4, 1)) and is_image_shape([8, 4, 3])
