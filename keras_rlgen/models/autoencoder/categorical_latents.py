import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.losses.likelihood import categorical_kl


@keras.saving.register_keras_serializable("keras_rlgen")
class CategoricalLatents(keras.layers.Layer):
    """Independent one-hot latents: their posterior and prior.

    Args:
        num_latents: Positive integer, the number of codes per sample.
        num_codes: Integer of at least 2, the number of values of a code.
        learned_prior: Whether the prior has trainable logits, which start at the
            uniform distribution.

    Attributes:
        shape: Tuple, the shape of one sample's latents.
        num_parameters: Integer, size of the encoder's output.

    Raises:
        ValueError: If a number is too small or not an integer.
    """

    kind = "categorical"

    def __init__(
        self, num_latents, num_codes, learned_prior=False, name=None, **kwargs
    ):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        for key, value, least in (
            ("num_latents", num_latents, 1),
            ("num_codes", num_codes, 2),
        ):
            if not is_integer(value) or value < least:
                raise ValueError(
                    f"Expected `{key}` to be an integer of at least {least}. "
                    f"Received: {value!r}"
                )
        self.num_latents = num_latents
        self.num_codes = num_codes
        self.learned_prior = learned_prior
        self.shape = (num_latents, num_codes)
        self.num_parameters = num_latents * num_codes
        if learned_prior:
            self.prior_logits = self.add_weight(
                shape=self.shape, initializer="zeros", name="prior_logits"
            )
        self.built = True

    def posterior(self, parameters):
        """Returns the posterior from an encoder's output.

        Args:
            parameters: Float32 tensor `(batch, num_latents * num_codes)`, logits.
        """
        return _one_hot(tf.reshape(parameters, [-1, *self.shape]))

    def prior(self, temperature=1.0):
        """Returns the prior, its logits divided by `temperature`."""
        return _one_hot(self._prior_logits() / temperature)

    def kl(self, posterior):
        """Returns the KL divergence of each latent to the prior, `(batch, latents)`."""
        return categorical_kl(posterior.distribution.logits, self._prior_logits())

    def parameter_error(self, width):
        """Returns the error for an encoder's output of the wrong size."""
        return ValueError(
            f"Expected an encoder with {self.num_parameters} outputs, logits of "
            f"{self.num_codes} codes for each of {self.num_latents} latents. Received: "
            f"{width}. End it in `Dense(num_latents * num_codes)`, "
            f"`Dense({self.num_parameters})`, without activation."
        )

    def _prior_logits(self):
        if self.learned_prior:
            return tf.convert_to_tensor(self.prior_logits)
        return tf.zeros(self.shape)

    def get_config(self):
        return {
            **super().get_config(),
            "num_latents": self.num_latents,
            "num_codes": self.num_codes,
            "learned_prior": self.learned_prior,
        }


def _one_hot(logits):
    from tensorflow_probability import distributions as tfd

    one_hot = tfd.OneHotCategorical(logits=logits, dtype=tf.float32)
    return tfd.Independent(one_hot, 1)
