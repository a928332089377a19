import tensorflow as tf


def valid_steps(tokens, end_token):
    """Returns which steps of sequences are not padding.

    Args:
        tokens: Int32 tensor `(batch, length)`.
        end_token: Integer: what follows the first one is padding.

    Returns:
        Bool tensor `(batch, length)`, true up to and including the first end token.

    Example:

    >>> valid_steps(tf.constant([[3, 0, 5], [1, 2, 3]]), end_token=0).numpy()
    array([[ True,  True, False],
           [ True,  True,  True]])
    """
    ends = tf.cast(tf.equal(tokens, end_token), tf.int32)
    return tf.cumsum(ends, axis=1, exclusive=True) == 0
