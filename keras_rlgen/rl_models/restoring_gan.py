import keras
import tensorflow as tf

from keras_rlgen.arguments import check_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.models.gan.remedies import RESTORING_REMEDIES
from keras_rlgen.rl_models.restorer import Restorer, over_filled


@keras.saving.register_keras_serializable("keras_rlgen")
class RestoringGAN(Restorer, GAN):
    """A GAN that restores degraded images: inpainting, denoising, deblurring.

    The generator takes a degraded image and latents, the discriminator the same
    degraded image with a real or a restored one. The generator minimises

    `adversarial loss + reconstruction_weight * mean |x - G(z, c)|
     - reward_weight * mean reward(G(z, c))`,

    where `c` is the degraded `x`; with a `RandomMask`, known pixels are copied back
    first, and the reconstruction's mean is over the filled-in pixels. The adversarial
    loss is responsible for realism.

    With a `StochasticGenerator`, `draw` and `draw_log_prob` use images before known
    pixels are copied back.

    Args:
        generator: Keras model from `[latents, degraded]`, `(batch, latent_dim)` and
            `(batch, height, width, degraded_channels)`, to images
            `(batch, height, width, channels)`.
        discriminator: Keras model from `[images, degraded]` to logits, real is high.
        latent_dim: Integer.
        corruption: Keras layer from clean images to degraded ones, called with
            `training=True`: `keras_rlgen.layers.RandomMask`,
            `keras.layers.GaussianNoise`, `keras.layers.RandomGaussianBlur`, or
            another.
        **kwargs: As in `GAN`; packing is not supported.

    Raises:
        ValueError: As `GAN`; if `packing` is not 1, or the corruption's output does not
            match the networks' input.

    Example:

    ```python
    gan = RestoringGAN(
        generator, discriminator, latent_dim=16, corruption=RandomMask("square")
    )
    gan.compile(reward="boundary_smoothness", reward_weight=0.1)
    gan.fit(images, epochs=20)
    restored = gan.restore(gan.degrade(held_out))
    filled = gan.restore(keras_rlgen.layers.mask_images(held_out, mask))
    ```

    Logged in addition to the logs of `GAN`: `restoration_error`, the mean squared error
    of restored images, over the filled-in pixels if there is a mask; `reward` and its
    terms `reward_<term>`, unweighted.

    Reference:
        [Pathak et al., 2016](https://arxiv.org/abs/1604.07379) and
        [Isola et al., 2017](https://arxiv.org/abs/1611.07004), equation 4, whose L1
        term is here a mean, not a sum, over pixels.
    """

    takes_condition = True
    collapse_remedies = RESTORING_REMEDIES

    def __init__(self, generator, discriminator, latent_dim, corruption, **kwargs):
        if kwargs.get("packing", 1) != 1:
            raise ValueError(
                "`RestoringGAN` does not support packing. "
                f"Received: packing={kwargs['packing']}"
            )
        network = getattr(generator, "network", generator)
        conditions = self.prepare_restoration(corruption, network)
        super().__init__(
            generator, discriminator, latent_dim, conditions=conditions, **kwargs
        )

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        reconstruction_weight=10.0,
        reward=None,
        reward_weight=1.0,
        loss=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: As in `GAN.compile`.
            discriminator_optimizer: As in `GAN.compile`.
            reconstruction_weight: Float, weight of the mean absolute error.
            reward: Name, `Reward` or plain function of images, with a gradient, or
                `None`.
            reward_weight: Float.
            loss: Adversarial loss, as in `GAN.compile`.
            **kwargs: `optimizer`, `metrics`, `run_eagerly`, `steps_per_execution` and
                `jit_compile`, as in `GAN.compile`.

        Raises:
            ValueError: As `GAN.compile`; if the reward carries no gradient, or is not
                finite; if it is a `Discriminator` of a kind that is undefined for the
                `loss`; or if a weight is negative or not finite.
        """
        check_number("reconstruction_weight", reconstruction_weight, least=0.0)
        super().compile(
            generator_optimizer,
            discriminator_optimizer,
            reward=reward,
            reward_weight=reward_weight,
            loss=self.adversarial_loss_of(loss),
            **kwargs,
        )
        self.reconstruction_weight = float(reconstruction_weight)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["reconstruction_weight"] = self.reconstruction_weight
        return config

    @property
    def reward_discriminator(self):
        """The discriminator, as a callable for rewards."""
        return self.judge_each

    @property
    def training_trackers(self):
        return [*super().training_trackers, *self.restoration_trackers]

    def call(self, inputs, training=None):
        """Returns restored images for `[latents, degraded]`."""
        latents, degraded = inputs
        return self._call_generator(
            self.sampling_generator, latents, degraded, training=bool(training)
        )

    def _call_generator(self, network, latents, condition, *args, **kwargs):
        generated = super()._call_generator(
            network, latents, condition, *args, **kwargs
        )
        return self.completed(generated, condition)

    def _generator_terms(self, generated, real, condition):
        terms = super()._generator_terms(generated, real, condition)
        known = self.known_pixels(condition)
        error = over_filled(tf.abs(real - generated), known)
        cost, watched = self.track_restored(real, generated, condition, training=True)
        terms["generator_loss"] += self.reconstruction_weight * error + cost
        return {**terms, **watched}

    def _compare(self, real, generated, condition=None):
        super()._compare(real, generated, condition)
        self.track_restored(real, generated, condition, training=False)

    def _generator_inputs(self, latents, condition):
        return [latents, condition]

    def _generated_parts(self, condition):
        known = self.known_pixels(condition)
        return None if known is None else tf.logical_not(known)[..., tf.newaxis]

    def _discriminator_inputs(self, samples, condition):
        return [samples, condition]

    def export_endpoints(self):
        """Returns `restore(degraded, seed)`, and `discriminate(samples, degraded)`."""
        return {**super().export_endpoints(), "discriminate": self._judge_endpoint()}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator", "corruption", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
