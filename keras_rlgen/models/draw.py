from typing import NamedTuple

import tensorflow as tf


class Draw(NamedTuple):
    """Samples of a generator as a policy, with the inputs of their log-probability.

    Attributes:
        samples: Tensor `(count, ...)` of the model's `sample_dtype`, without gradient.
        latents: Tensor `(count, ...)`, without gradient; `()` for a family without
            latents.
        condition: What the samples are conditioned on, `(count, ...)`; `()` for a
            model without a condition.
        mask: Float or boolean tensor `(count, steps)`, true or nonzero at valid
            elements (not padding), if `draw_log_prob` returns one log-probability for
            each element; `()` if all are valid.

    Example:

    >>> Draw(tf.zeros((3, 2)), tf.zeros((3, 4))).condition
    ()
    """

    samples: tf.Tensor
    latents: tf.Tensor | tuple = ()
    condition: tf.Tensor | tuple = ()
    mask: tf.Tensor | tuple = ()
