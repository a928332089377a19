import tensorflow as tf

from keras_rlgen.training.stateless_random import uniform


def first_accepted(samples, is_end, acceptance, num_candidates, seed):
    """Returns the first accepted of several candidates for each sample.

    A candidate that is no end is accepted, an end with probability `acceptance`. Where
    no candidate is accepted, the last is taken: a model that is certain of an end
    keeps it. So the odds of an end that a model learned from batches with too many of
    them become those of the data.

    Args:
        samples: Tensor `(num_candidates * count, ...)`: the first candidates of all
            samples, then the second, and so on.
        is_end: Bool tensor `(num_candidates * count,)`.
        acceptance: Float or float32 scalar tensor in [0, 1].
        num_candidates: Integer.
        seed: Integer tensor `(2,)`.

    Returns:
        Tensor `(count, ...)`.

    Example:

    >>> samples = tf.constant([1.0, 2.0, 3.0, 4.0])
    >>> is_end = tf.constant([True, False, False, False])
    >>> first_accepted(samples, is_end, 0.0, 2, (0, 1)).numpy()
    array([3., 2.], dtype=float32)
    """
    accepted = ~is_end | (uniform(tf.shape(is_end), seed, 0.0, 1.0) < acceptance)
    accepted = tf.cast(tf.reshape(accepted, (num_candidates, -1)), tf.int32)
    none = tf.reduce_max(accepted, axis=0) == 0
    choice = tf.where(
        none, num_candidates - 1, tf.argmax(accepted, output_type="int32")
    )
    count = tf.shape(choice)[0]
    return tf.gather(samples, choice * count + tf.range(count))
