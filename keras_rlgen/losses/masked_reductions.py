"""Sums and means over the elements of samples, some of which are padding."""

import tensorflow as tf


def masked_sum(values, mask=()):
    """Computes the sum over each sample's elements.

    Masked elements have neither influence, whatever their value, nor a gradient.

    Args:
        values: Float tensor `(batch, steps)`, a value for each element of a sample;
            or `(batch,)`, one for each sample, which is returned unchanged.
        mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if all
            are valid.

    Returns:
        Float32 tensor `(batch,)`.

    Raises:
        ValueError: If `values` has another rank, or `mask` another shape.

    Example:

    >>> log_probs = tf.constant([[-1.0, -2.0, 9.0], [-3.0, 9.0, 9.0]])
    >>> mask = tf.constant([[True, True, False], [True, False, False]])
    >>> masked_sum(log_probs, mask).numpy()
    array([-3., -3.], dtype=float32)
    """
    values = masked(values, mask)
    return values if values.shape.rank == 1 else tf.reduce_sum(values, axis=-1)


def masked_mean(values, mask=()):
    """Computes the mean over the elements of all samples of a batch.

    Every valid element has the same weight: the sum is divided by the number of valid
    elements in the batch, not sample by sample.

    Args:
        values: As in `masked_sum`.
        mask: As in `masked_sum`.

    Returns:
        Float32 scalar; zero if no element is valid.

    Raises:
        ValueError: As `masked_sum`.

    Example:

    >>> values = tf.constant([[1.0, 2.0], [6.0, 9.0]])
    >>> mask = tf.constant([[True, True], [True, False]])
    >>> float(masked_mean(values, mask))
    3.0

    Reference:
        [Yu et al., 2025](https://arxiv.org/abs/2503.14476), section 3.3.
    """
    values = masked(values, mask)
    if isinstance(mask, tuple):
        return tf.reduce_mean(values)
    return tf.math.divide_no_nan(tf.reduce_sum(values), num_elements(values, mask))


def masked_deviation(values, mask=()):
    """Computes the standard deviation over the elements of all samples of a batch.

    Args:
        values: As in `masked_sum`.
        mask: As in `masked_sum`; without effect on values of whole samples.

    Returns:
        Float32 scalar, without Bessel's correction.

    Raises:
        ValueError: As `masked_sum`.

    Example:

    >>> values = tf.constant([[1.0, 3.0], [5.0, 9.0]])
    >>> mask = tf.constant([[True, False], [True, False]])
    >>> float(masked_deviation(values, mask))
    2.0
    """
    mask = mask if values.shape.rank == 2 else ()
    from_mean = values - masked_mean(values, mask)
    return tf.sqrt(masked_mean(tf.square(from_mean), mask))


def num_elements(values, mask=()):
    """Returns the number of valid elements of a batch, a float32 scalar.

    Args:
        values: As in `masked_sum`.
        mask: As in `masked_sum`.

    Example:

    >>> float(num_elements(tf.zeros((2, 3))))
    6.0
    """
    if isinstance(mask, tuple):
        return tf.cast(tf.size(values), tf.float32)
    return tf.reduce_sum(tf.cast(tf.cast(mask, tf.bool), tf.float32))


def masked(values, mask=()):
    """Returns values as float32, zero where they are masked.

    Args:
        values: As in `masked_sum`.
        mask: As in `masked_sum`.

    Raises:
        ValueError: As `masked_sum`.

    Example:

    >>> masked(tf.constant([[1.0, 9.0]]), tf.constant([[1, 0]])).numpy()
    array([[1., 0.]], dtype=float32)
    """
    values = tf.cast(values, tf.float32)
    if values.shape.rank not in (1, 2):
        raise ValueError(
            "Expected a value for each sample, shape (batch,), or for each element of "
            f"a sample, (batch, steps). Received: {tuple(values.shape)}"
        )
    if isinstance(mask, tuple):
        return values
    mask = tf.convert_to_tensor(mask)
    if not mask.shape.is_compatible_with(values.shape):
        raise ValueError(
            "Expected a mask of the shape of the values, (batch, steps). Received: a "
            f"mask of {tuple(mask.shape)} and values of {tuple(values.shape)}. Values "
            "of whole samples, such as a log-probability for each, take no mask: `()`."
        )
    return tf.where(tf.cast(mask, tf.bool), values, 0.0)
