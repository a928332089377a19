"""Converts the seeds of policies."""

import tensorflow as tf

from keras_rlgen.training.stateless_random import validated_seed


def policy_seed(seed):
    """Returns a stateless seed from any seed that drivers pass to a policy.

    Drivers of this package pass a tensor; those of TF-Agents pass `None` or an integer,
    for which the seed comes from a stateful generator.

    Args:
        seed: Integer tensor `(2,)`, integer or `None`.

    Returns:
        Int32 tensor `(2,)` of numbers >= 0.
    """
    if seed is None or isinstance(seed, int):
        seed = tf.random.uniform((2,), maxval=tf.int32.max, dtype=tf.int32, seed=seed)
    return validated_seed(seed)
