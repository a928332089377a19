import keras

from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.autoencoder.gaussian_latents import GaussianLatents
from keras_rlgen.models.autoencoder.latent_variable_model import (
    PRIORS,
    LatentVariableModel,
)
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class VAE(LatentVariableModel):
    """A variational autoencoder with normal latents.

    It minimises the negative evidence lower bound,
    `-log p(x | z) + beta * KL(q(z | x) || p(z))`, `z ~ q(z | x)`, in nats: summed over
    features, averaged over the batch, with a reparameterised gradient.

    Args:
        encoder: Keras model from samples to `(batch, 2 * latent_dim)`: the means of
            `q(z | x)`, then the logarithms of its variances, without activation. A
            conditional model's takes `[samples, condition]`.
        decoder: Keras model from latents `(batch, latent_dim)` to the parameters of
            `p(x | z)`, of the samples' shape. A conditional model's takes
            `[latents, condition]`.
        latent_dim: Integer.
        distribution: `p(x | z)`: `"bernoulli"` (samples in [0, 1]; logits),
            `"normal"` (scale 0.1), `"discretized_logistic"` (256 levels in [-1, 1]),
            `"categorical"`, or an `OutputDistribution` such as
            `Normal(1.0, learned=True)`.
        num_classes: Integer, for a model of samples with class labels: `fit(x, y)`.
        prior: `"standard"`, the normal distribution of mean 0 and variance 1; or
            `"learned"`, a trainable mean and variance for each latent.
        emit: What `generate` returns: the `"mean"` of `p(x | z)`, or a `"sample"`.
        seed: Integer or `None`.
        conditions: For a model of samples with another condition than labels, such as
            `VectorCondition(3)`: `fit(x, y)`, `y` float32 `(num_samples, 3)`. Both
                networks take it as their second input.
        **kwargs: `name`.

    Raises:
        ValueError: If the networks do not fit each other, `latent_dim` or the
            distribution; the encoder has no output for variances.

    Example:

    ```python
    vae = VAE(encoder, decoder, latent_dim=16)
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(images, epochs=20)
    vae.generate(16), vae.reconstruct(images), vae.evaluate(held_out)
    ```

    Logged in training: `loss`; `reconstruction_nll`, `-log p(x | z)`; `kl`; `beta`. In
    `evaluate` also `elbo`, the evidence lower bound; `log_likelihood_bound`, the
    tighter importance-weighted bound of `log_prob`; and `bits_per_dimension` of that
    bound where samples are discrete. With a Bernoulli output and samples that are not
    all 0 or 1 these are cross-entropies, not probabilities.

    Reference:
        [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114); `beta`: [Higgins et
        al., 2017](https://openreview.net/forum?id=Sy2fzU9gl); warm-up: [Sonderby et
        al., 2016](https://arxiv.org/abs/1602.02282); the bound: [Burda et al.,
        2016](https://arxiv.org/abs/1509.00519).
    """

    def __init__(
        self,
        encoder,
        decoder,
        latent_dim,
        distribution="bernoulli",
        num_classes=None,
        prior="standard",
        emit="mean",
        seed=None,
        conditions=None,
        **kwargs,
    ):
        if prior not in PRIORS:
            raise ValueError(
                f"Expected `prior` to be one of {PRIORS}. Received: {prior!r}"
            )
        latents = GaussianLatents(latent_dim, learned_prior=prior == "learned")
        self.latent_dim = latent_dim
        super().__init__(
            encoder,
            decoder,
            latents,
            distribution,
            num_classes=num_classes,
            emit=emit,
            seed=seed,
            conditions=conditions,
            **kwargs,
        )

    def get_config(self):
        return {
            "encoder": serialize(self.encoder),
            "decoder": serialize(self.decoder),
            "latent_dim": self.latent_dim,
            "distribution": serialize(self.distribution),
            "num_classes": self.num_classes,
            "conditions": serialize(self._given_conditions),
            "prior": PRIORS[self.latents.learned_prior],
            "emit": self.emit,
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "encoder", "decoder", "distribution", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
