import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers.random_mask import RandomMask
from keras_rlgen.models.autoencoder.vae import VAE
from keras_rlgen.rl_models.restorer import Restorer
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class RestoringVAE(Restorer, VAE):
    """A conditional VAE that restores degraded images: inpainting, denoising.

    Encoder and decoder both take the degraded image `c`. Training minimises the
    negative evidence lower bound of `log p(x | c)`, minus the reward of images sampled
    from the prior, as in `restore` and `draw`:

    `-log p(x | z, c) + beta * KL(q(z | x, c) || p(z))
     - reward_weight * mean reward(restored)`.

    With a `RandomMask`, known pixels are copied back before images are returned,
    rewarded or evaluated. Known pixels are given, and so are excluded from all
    probabilities. Several restorations of one image differ by their latents.

    With a `prior_network` the latents' prior is `p(z | c)`, in both places of the
    formula: what remains of an image tells which latents fit it. Without, latents are
    independent of it, which for larger images gives parts that do not fit the rest.

    Args:
        encoder: Keras model from `[images, degraded]` to `(batch, 2 * latent_dim)`, as
            in `VAE`.
        decoder: Keras model from `[latents, degraded]` to the parameters of
            `p(x | z, c)`.
        latent_dim: Integer.
        corruption: Keras layer from clean images to degraded ones, called with
            `training=True`: `keras_rlgen.layers.RandomMask`,
            `keras.layers.GaussianNoise`, `keras.layers.RandomGaussianBlur`, or
            another.
        distribution: As in `VAE`. Defaults to `"normal"`.
        prior_network: Keras model from degraded images to `(batch, 2 * latent_dim)`,
            the means and logarithms of variances of `p(z | c)`; or `None`.
        **kwargs: `prior`, `emit`, `seed`, `name`, as in `VAE`.

    Raises:
        ValueError: As `VAE`; if the corruption's output does not match the networks'
            input; if there is both a `prior_network` and a `prior`.

    Example:

    ```python
    vae = RestoringVAE(encoder, decoder, latent_dim=8, corruption=RandomMask("half"))
    vae.compile(keras.optimizers.Adam(1e-3), reward="boundary_smoothness")
    vae.fit(images, epochs=20)
    restored = vae.restore(vae.degrade(held_out))
    ```

    Logged in addition to the logs of `VAE`: `restoration_error`, the mean squared error
    of restored images, over the filled-in pixels if there is a mask; `reward` and its
    terms `reward_<term>`, unweighted.

    Reference:
        [Sohn et al., 2015](https://papers.nips.cc/paper/5775), equation 4; without a
        `prior_network`, with a prior that does not depend on the condition.
    """

    def __init__(
        self,
        encoder,
        decoder,
        latent_dim,
        corruption,
        distribution="normal",
        prior_network=None,
        **kwargs,
    ):
        for key in "num_classes", "conditions":
            if kwargs.get(key) is not None:
                raise ValueError(
                    "`RestoringVAE` is conditioned on degraded images. Received: "
                    f"{key}={kwargs[key]}; leave it out."
                )
        kwargs.pop("conditions", None)
        conditions = self.prepare_restoration(corruption, decoder)
        super().__init__(
            encoder,
            decoder,
            latent_dim,
            distribution,
            conditions=conditions,
            **kwargs,
        )
        self.prior_network = prior_network
        if prior_network is not None:
            self._check_prior_network()

    def _check_prior_network(self):
        if self.latents.learned_prior:
            raise ValueError(
                "Expected a `prior_network` or `prior='learned'`. Received both; leave "
                "out `prior`."
            )
        check_network("prior_network", self.prior_network)
        degraded = self.conditions.example(1)
        try:
            outputs = self.prior_network(degraded, training=False)
        except Exception as error:
            raise ValueError(
                "Expected a `prior_network` of degraded images, (batch, height, width, "
                f"channels + 1) = (batch, {', '.join(map(str, degraded.shape[1:]))}). "
                f"Received the error: {error}"
            ) from error
        expected = 1, self.latents.num_parameters
        if tuple(outputs.shape) != expected:
            raise ValueError(
                "Expected a `prior_network` from degraded images to means and "
                f"log-variances, (batch, 2 * latent_dim) = (batch, {expected[1]}). "
                f"Received outputs of shape {tuple(outputs.shape)}. End it in "
                "`Flatten()` and `Dense(2 * latent_dim)`, without activation."
            )

    def compile(self, optimizer="adam", reward=None, reward_weight=1.0, **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            reward: Name, `Reward` or plain function of images, with a gradient, or
                `None`.
            reward_weight: Float, in nats per unit of reward.
            **kwargs: As in `VAE.compile`.

        Raises:
            ValueError: As `VAE.compile`; if the reward carries no gradient, or is not
                finite.
        """
        super().compile(optimizer, reward=reward, reward_weight=reward_weight, **kwargs)

    @property
    def training_trackers(self):
        return [*super().training_trackers, *self.restoration_trackers]

    @property
    def evaluation_trackers(self):
        return [*super().evaluation_trackers, *self.restoration_trackers]

    def decode_distribution(self, latents, condition=None, training=None):
        decoded = super().decode_distribution(latents, condition, training)
        if not isinstance(self.corruption, RandomMask):
            return decoded
        from tensorflow_probability import distributions as tfd

        pixels = decoded.distribution
        missing = condition[..., -1:] < 0.5
        if pixels.event_shape.rank > 0:
            missing = missing[..., 0]
        masked = tfd.Masked(pixels, missing)
        return tfd.Independent(masked, decoded.reinterpreted_batch_ndims)

    def prior(self, condition=None, training=None):
        """Returns `p(z)`; with a `prior_network` `p(z | c)`, for which it needs `c`."""
        if self.prior_network is None:
            return super().prior()
        parameters = self.prior_network(condition, training=training)
        return self.latents.posterior(tf.cast(parameters, tf.float32))

    def elbo_terms(self, samples, latents, posterior, condition=None, training=None):
        terms = super().elbo_terms(samples, latents, posterior, condition, training)
        if self.prior_network is not None:
            prior = self.prior(condition, training).distribution
            terms["kl"] = posterior.distribution.kl_divergence(prior)
        return terms

    def _draw_latents_of_prior(self, count, key, condition, temperature):
        latents, condition, output_key = super()._draw_latents_of_prior(
            count, key, condition, temperature
        )
        if self.prior_network is not None:
            prior = self.prior(condition, training=False).distribution
            latents = prior.loc + prior.scale * latents
        return latents, condition, output_key

    @property
    def policy_variables(self):
        variables = super().policy_variables
        if self.prior_network is not None:
            variables += self.prior_network.trainable_variables
        return variables

    def exported_parts(self):
        parts = super().exported_parts()
        return parts + ([] if self.prior_network is None else [self.prior_network])

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        draw = super().draw(count, key, condition, temperature, training)
        return draw._replace(samples=self.completed(draw.samples, draw.condition))

    def loss_terms(self, samples, condition, key, training):
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        terms = super().loss_terms(samples, condition, keys[0], training)
        restored = self._restored(tf.shape(samples)[0], keys[1], condition, training)
        cost, _ = self.track_restored(samples, restored, condition, training)
        return {**terms, "loss": terms["loss"] + cost}

    def evaluation_terms(self, samples, condition, key):
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        terms = super().evaluation_terms(samples, condition, keys[0])
        restored = self.sample(tf.shape(samples)[0], keys[1], condition)
        cost, _ = self.track_restored(samples, restored, condition, training=False)
        return {**terms, "loss": terms["loss"] + cost}

    def _restored(self, count, key, condition, training):
        latents, condition, _ = self._draw_latents_of_prior(count, key, condition, 1.0)
        parameters = self._decoder_output(latents, condition, training)
        return self.completed(self.distribution.mean(parameters), condition)

    def sample(self, count, key, condition=None, temperature=1.0):
        generated = super().sample(count, key, condition, temperature)
        return self.completed(generated, condition)

    def get_config(self):
        config = super().get_config()
        config["prior_network"] = serialize(self.prior_network)
        # The condition follows from the corruption.
        del config["conditions"]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = (
            *("encoder", "decoder", "corruption", "distribution"),
            *("prior_network", "dtype"),
        )
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
