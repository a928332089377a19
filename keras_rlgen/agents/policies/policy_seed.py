"""The seeds that policies are given."""

import tensorflow as tf

from keras_rlgen.training.stateless_random import validated_seed


def policy_seed(seed):
    """Returns a stateless seed, whatever a policy was given.

    Drivers of this package give a tensor; those of TF-Agents give `None` or an
    integer, which stand for random numbers with a state.

    Args:
        seed: Integer tensor `(2,)`, integer or `None`.

    Returns:
        Int32 tensor `(2,)` of numbers >= 0.
    """
    if seed is None or isinstance(seed, int):
        seed = tf.random.uniform((2,), maxval=tf.int32.max, dtype=tf.int32, seed=seed)
    return validated_seed(seed)
