"""Generates images pixel by pixel with any autoregressive network."""

import tensorflow as tf


def autoregress(logits, image_shape, choose, count):
    """Generates images pixel by pixel, with one network evaluation for each value.

    Args:
        logits: Function of images `(count, height, width, channels)` that returns
            logits `(count, height, width, channels, num_levels)`, each of which depends
            only on earlier values in raster order.
        image_shape: `(height, width, channels)`.
        choose: Function of int32 scalar tensors `row`, `column`, `channel`, and
            logits `(count, num_levels)`, that returns values `(count,)`.
        count: Integer or int32 scalar tensor.

    Returns:
        Float32 tensor `(count, height, width, channels)`.

    Example:

    >>> even = lambda images: tf.zeros((*images.shape, 2))
    >>> choose = lambda row, column, channel, logits: (
    ...     tf.ones(3) * tf.cast(row, "float32")
    ... )
    >>> autoregress(even, (2, 2, 1), choose, count=3)[0, :, :, 0].numpy()
    array([[0., 0.],
           [1., 1.]], dtype=float32)
    """
    height, width, channels = image_shape
    positions = tf.range(height * width * channels)

    def next_value(position, images):
        pixel, channel = position // channels, position % channels
        row, column = pixel // width, pixel % width
        here = logits(images)[:, row, column, channel]
        value = choose(row, column, channel, here)
        at = tf.reshape(tf.equal(positions, position), image_shape)
        return position + 1, tf.where(at, value[:, None, None, None], images)

    images = tf.zeros((count, *image_shape))
    _, images = tf.while_loop(
        lambda position, _: position < height * width * channels,
        next_value,
        (0, images),
        shape_invariants=(tf.TensorShape(()), tf.TensorShape((None, *image_shape))),
    )
    return images
