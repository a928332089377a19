from typing import NamedTuple

import tensorflow as tf


class Draw(NamedTuple):
    """Samples of a generator as a policy, and what their log-probability needs.

    Attributes:
        samples: Tensor `(count, ...)` of the model's `sample_dtype`, a constant of the
            gradient.
        latents: Tensor `(count, ...)`, a constant of the gradient; `()` for a family
            without latents.
        condition: What the samples are conditioned on, `(count, ...)`; `()` for a
            model without a condition.
        mask: Float or boolean tensor `(count, steps)`, true or nonzero at the elements
            that count, where `draw_log_prob` gives one log-probability for each
            element; `()` where all of them do.

    Example:

    >>> Draw(tf.zeros((3, 2)), tf.zeros((3, 4))).condition
    ()
    """

    samples: tf.Tensor
    latents: tf.Tensor | tuple = ()
    condition: tf.Tensor | tuple = ()
    mask: tf.Tensor | tuple = ()
