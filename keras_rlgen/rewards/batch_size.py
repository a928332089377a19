import tensorflow as tf


def batch_size(samples):
    """Returns the batch size: the first axis of the samples' first tensor.

    Args:
        samples: Nest of tensors `(batch, ...)`: a tensor, a `Transition`, a dictionary
            of observations.

    Returns:
        An integer if the static shape is known, else an int32 scalar tensor.

    Raises:
        ValueError: If there is no tensor, or the first one has no axis.

    Example:

    >>> batch_size({"position": tf.zeros((3, 2)), "speed": tf.zeros((3,))})
    3
    """
    tensors = tf.nest.flatten(samples)
    shape = tensors[0].shape if tensors else ()
    if isinstance(shape, tf.TensorShape) and shape.rank is None:
        return tf.shape(tensors[0])[0]
    if len(shape) == 0:
        raise ValueError(
            "Expected samples of shape (batch, ...), or a nest of them. "
            f"Received: {samples!r}"
        )
    return tf.shape(tensors[0])[0] if shape[0] is None else int(shape[0])
