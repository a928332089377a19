import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.losses.likelihood import gaussian_kl


@keras.saving.register_keras_serializable("keras_rlgen")
class GaussianLatents(keras.layers.Layer):
    """Independent normal latents: their posterior and prior.

    Args:
        latent_dim: Positive integer.
        learned_prior: Whether the prior has a trainable mean and scale for each
            latent, which start at those of the standard normal distribution.

    Attributes:
        shape: Tuple, the shape of one sample's latents.
        num_parameters: Integer, size of the encoder's output.

    Raises:
        ValueError: If `latent_dim` is not a positive integer.
    """

    kind = "normal"

    def __init__(self, latent_dim, learned_prior=False, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not is_integer(latent_dim) or latent_dim < 1:
            raise ValueError(
                "Expected `latent_dim` to be a positive integer. "
                f"Received: {latent_dim!r}"
            )
        self.latent_dim = latent_dim
        self.learned_prior = learned_prior
        self.shape = (latent_dim,)
        self.num_parameters = 2 * latent_dim
        if learned_prior:
            self.prior_mean = self.add_weight(
                shape=self.shape, initializer="zeros", name="prior_mean"
            )
            self.prior_log_variance = self.add_weight(
                shape=self.shape, initializer="zeros", name="prior_log_variance"
            )
        self.built = True

    def posterior(self, parameters):
        """Returns the posterior from an encoder's output.

        Log-variances are clipped to [-40, 40]: those of an encoder of unscaled data
        would overflow.

        Args:
            parameters: Float32 tensor `(batch, 2 * latent_dim)`: means, then natural
                logarithms of variances.
        """
        mean, log_variance = tf.split(parameters, 2, axis=-1)
        return _normal(mean, tf.clip_by_value(log_variance, -40.0, 40.0))

    def prior(self, temperature=1.0):
        """Returns the prior, its standard deviation times `temperature`."""
        return _normal(*self._prior_parameters(), temperature)

    def kl(self, posterior):
        """Returns the KL divergence of each latent to the prior, `(batch, latents)`."""
        normal = posterior.distribution
        return gaussian_kl(
            normal.loc, 2.0 * tf.math.log(normal.scale), *self._prior_parameters()
        )

    def parameter_error(self, width):
        """Returns the error for an encoder's output of the wrong size."""
        message = (
            f"Expected an encoder with {self.num_parameters} outputs, a mean and a "
            f"log-variance for each of {self.latent_dim} latents. Received: {width}. "
            f"End it in `Dense(2 * latent_dim)`, `Dense({self.num_parameters})`, "
            "without activation."
        )
        if width == self.latent_dim:
            message = f"This is an encoder without variance output. {message}"
        return ValueError(message)

    def _prior_parameters(self):
        if self.learned_prior:
            return (
                tf.convert_to_tensor(self.prior_mean),
                tf.convert_to_tensor(self.prior_log_variance),
            )
        return tf.zeros(self.shape), tf.zeros(self.shape)

    def get_config(self):
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "learned_prior": self.learned_prior,
        }


def _normal(mean, log_variance, temperature=1.0):
    from tensorflow_probability import distributions as tfd

    scale = tf.exp(0.5 * log_variance) * temperature
    return tfd.Independent(tfd.Normal(mean, scale), 1)
