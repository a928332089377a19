from keras_rlgen.arguments import is_integer


def is_image_shape(shape):
    """Returns whether a value is the shape of an image, (height, width, channels).

    Example:

    >>> is_image_shape((28, 28, 1)), is_image_shape((28, 28))
    (True, False)
    """
    return (
        isinstance(shape, (tuple, list))
        and len(shape) == 3
        and all(is_integer(size) and size >= 1 for size in shape)
    )
