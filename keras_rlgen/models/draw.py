from typing import NamedTuple

import tensorflow as tf


class Draw(NamedTuple):
    """Samples of a generator as a policy, and what their log-probability needs.

    Attributes:
        samples: Float32 tensor `(count, ...)`, a constant of the gradient.
        latents: Tensor `(count, ...)`, a constant of the gradient; `()` for a family
            without latents.
        condition: What the samples are conditioned on, `(count, ...)`; `()` for a
            model without a condition.

    Example:

    >>> Draw(tf.zeros((3, 2)), tf.zeros((3, 4))).condition
    ()
    """

    samples: tf.Tensor
    latents: tf.Tensor | tuple = ()
    condition: tf.Tensor | tuple = ()
