from typing import Any, NamedTuple

import tensorflow as tf


class LatentDraws(NamedTuple):
    """Latents sampled from an encoder for a batch of samples, and their values.

    Attributes:
        samples: Float32 tensor `(batch, ...)`, the encoded samples.
        condition: The condition of the samples, or `None`.
        posterior: `tfp.distributions.Distribution` over latents, batch shape
            `(batch,)`, with a gradient to the encoder.
        latents: Float32 tensor `(num_samples, batch, ...)`.
        values: Float32 tensor `(batch, num_samples)`, the value of each latent, in
            nats, higher is better, without gradient.
    """

    samples: tf.Tensor
    condition: tf.Tensor | None
    posterior: Any
    latents: tf.Tensor
    values: tf.Tensor
