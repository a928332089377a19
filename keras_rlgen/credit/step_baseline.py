import tensorflow as tf


def leave_one_out_by_step(values, valid):
    """Computes the mean value of the other sequences at the same step.

    Args:
        values: Float tensor `(batch, steps)`.
        valid: Bool tensor `(batch, steps)`: other values are ignored.

    Returns:
        Float32 tensor `(batch, steps)`; zero where no other sequence has a valid value.
        It does not depend on the sequence itself, so it keeps gradients unbiased.

    Example:

    >>> values = tf.constant([[1.0, 5.0], [3.0, 0.0]])
    >>> valid = tf.constant([[True, True], [True, False]])
    >>> leave_one_out_by_step(values, valid).numpy()
    array([[3., 0.],
           [1., 5.]], dtype=float32)

    Reference:
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE), equation 8.
    """
    values = tf.where(valid, tf.cast(values, tf.float32), 0.0)
    counted = tf.cast(valid, tf.float32)
    others = tf.reduce_sum(values, axis=0, keepdims=True) - values
    number = tf.reduce_sum(counted, axis=0, keepdims=True) - counted
    return tf.math.divide_no_nan(others, number)
