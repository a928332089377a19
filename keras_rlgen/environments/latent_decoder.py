import inspect

import keras
import tensorflow as tf

from keras_rlgen.models import StochasticGenerator


class LatentDecoder:
    """Decodes latents, with a seed for each if the decoder is stochastic.

    The same latent and the same seed give the same sample, whatever else is in the
    batch. A decoder is stochastic if it is a `StochasticGenerator` whose randomness
    belongs to its samples, a `GAN` of one, or a callable with an argument `seed`. Such
    a decoder is called for one latent at a time.

    Args:
        decode: Callable from latents, float32 `(batch, latent_dim)`, to samples
            `(batch, ...)`; one with an argument `seed` takes an int32 tensor `(2,)`.

    Attributes:
        stochastic: Whether seeds are used.

    Example:

    >>> def noisy(latents, seed):
    ...     return latents + tf.random.stateless_normal(latents.shape, seed)
    >>> decoder = LatentDecoder(noisy)
    >>> seeds = tf.constant([[0, 1], [0, 2], [0, 1]])
    >>> first, second, third = decoder(tf.zeros((3, 2)), seeds).numpy().tolist()
    >>> first == third, first == second
    (True, False)
    """

    def __init__(self, decode):
        generator = getattr(decode, "sampling_generator", decode)
        if isinstance(generator, StochasticGenerator):
            self.stochastic = not generator.distribution.exploration
            self._decode = generator if self.stochastic else decode
        else:
            self.stochastic = _takes_seed(decode)
            self._decode = decode

    def __call__(self, latents, seeds):
        """Returns samples, float32 `(batch, ...)`.

        Args:
            latents: Float32 tensor `(batch, latent_dim)`.
            seeds: Int32 tensor `(batch, 2)`; ignored unless `stochastic`.
        """
        if not self.stochastic:
            return tf.cast(self._decode(latents), tf.float32)

        def decode_one(latent_and_seed):
            latent, seed = latent_and_seed
            samples = self._decode(latent[tf.newaxis], seed=seed)
            return tf.cast(samples[0], tf.float32)

        return tf.map_fn(decode_one, (latents, seeds), fn_output_signature=tf.float32)


def _takes_seed(decode):
    function = decode.call if isinstance(decode, keras.Layer) else decode
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # Functions in C have no signature.
        return False
