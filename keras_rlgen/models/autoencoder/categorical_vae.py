import keras

from keras_rlgen import estimators
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.autoencoder.categorical_latents import CategoricalLatents
from keras_rlgen.models.autoencoder.latent_variable_model import (
    PRIORS,
    LatentVariableModel,
)
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.keras_internals import untrack


@keras.saving.register_keras_serializable("keras_rlgen")
class CategoricalVAE(LatentVariableModel):
    """A variational autoencoder whose latents are one-hot codes.

    The KL divergence to the prior is exact. The gradient of the reconstruction passes
    through soft codes, which makes it biased; `RLVAE` has unbiased estimators.

    Args:
        encoder: Keras model from samples to logits
            `(batch, num_latents * num_codes)`. A conditional model's takes
            `[samples, condition]`.
        decoder: Keras model from one-hot codes `(batch, num_latents, num_codes)` to
            the parameters of `p(x | z)`. A conditional model's takes
            `[latents, condition]`.
        num_latents: Integer, the number of codes per sample.
        num_codes: Integer, the number of values of a code.
        distribution: As in `VAE`.
        num_classes: As in `VAE`.
        prior: `"standard"`, the uniform distribution; or `"learned"`, trainable
            logits for each latent.
        emit: As in `VAE`.
        seed: Integer or `None`.
        conditions: As in `VAE`.
        **kwargs: `name`.

    Raises:
        ValueError: If the networks do not fit each other, the latents or the
            distribution.

    Example:

    ```python
    vae = CategoricalVAE(encoder, decoder, num_latents=8, num_codes=10)
    vae.compile(keras.optimizers.Adam(1e-3), estimator="straight_through")
    vae.fit(images, epochs=20)
    ```

    Logged as in `VAE`. `evaluate` uses one-hot codes, sampled from the encoder.

    Reference:
        [Jang et al., 2017](https://arxiv.org/abs/1611.01144).
    """

    def __init__(
        self,
        encoder,
        decoder,
        num_latents,
        num_codes,
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
        latents = CategoricalLatents(num_latents, num_codes, prior == "learned")
        self.num_latents = num_latents
        self.num_codes = num_codes
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
        self.estimator = None

    def compile(self, optimizer="adam", estimator="gumbel_softmax", **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            estimator: `"gumbel_softmax"`, `"straight_through"`, or one of these with
                arguments: `estimators.GumbelSoftmax(temperature=0.5)`.
            **kwargs: As in `VAE.compile`.

        Raises:
            ValueError: As `VAE.compile`; if the estimator's samples carry no gradient.
        """
        estimator = estimators.get(estimator)
        pathwise = estimator.pathwise and "categorical" in estimator.latent_kinds
        if not pathwise or estimator.num_samples != 1:
            raise ValueError(
                "`CategoricalVAE` is trained through one soft code per sample, by "
                "'gumbel_softmax' or 'straight_through'. Received: "
                f"{type(estimator).__name__}(num_samples={estimator.num_samples}). "
                "For others use `RLVAE`."
            )
        super().compile(optimizer, **kwargs)
        # Keras keeps tracking the weights of an attribute that is replaced.
        untrack(self, self.estimator)
        self.estimator = estimator

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["estimator"] = serialize(self.estimator)
        return config

    def draw_latents(self, posterior, key):
        return self.estimator.draw(posterior, key)[0]

    def after_update(self):
        self.estimator.learn(None, self.encoder)

    def get_config(self):
        return {
            "encoder": serialize(self.encoder),
            "decoder": serialize(self.decoder),
            "num_latents": self.num_latents,
            "num_codes": self.num_codes,
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
