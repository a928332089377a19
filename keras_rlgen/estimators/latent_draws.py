from typing import Any, NamedTuple

import tensorflow as tf


class LatentDraws(NamedTuple):
    """Latents that an encoder drew for a batch of samples, and what they are worth.

    Attributes:
        samples: Float32 tensor `(batch, ...)`, what was encoded.
        condition: What the samples are conditioned on, or `None`.
        posterior: `tfp.distributions.Distribution` over latents, batch shape
            `(batch,)`; it has a gradient to the encoder.
        latents: Float32 tensor `(num_samples, batch, ...)`.
        values: Float32 tensor `(batch, num_samples)`, constants of the gradient: the
            value of each latent, in nats, higher is better.
    """

    samples: tf.Tensor
    condition: tf.Tensor | None
    posterior: Any
    latents: tf.Tensor
    values: tf.Tensor
