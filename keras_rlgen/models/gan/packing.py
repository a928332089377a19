import tensorflow as tf


def pack(samples, packing):
    """Concatenates samples along the last axis, for a packed discriminator.

    Sample `i` is joined with samples `i + n`, `i + 2n`, ..., where `n` is the number
    of packs. A batch that is not divisible is padded with its own first samples.

    Args:
        samples: Tensor `(batch, ..., channels)`.
        packing: Integer, samples in a pack.

    Returns:
        Tensor `(ceil(batch / packing), ..., packing * channels)`.

    Example:

    >>> pack(tf.constant([[1.0], [2.0], [3.0], [4.0]]), 2).numpy().tolist()
    [[1.0, 3.0], [2.0, 4.0]]

    Reference:
        [Lin et al., 2018](https://arxiv.org/abs/1712.04086), section 3.
    """
    if packing == 1:
        return samples
    batch = tf.shape(samples)[0]
    # A batch smaller than a pack is repeated.
    filling = tf.gather(samples, tf.range(-batch % packing) % batch)
    samples = tf.concat([samples, filling], axis=0)
    return tf.concat(tf.split(samples, packing), axis=-1)
