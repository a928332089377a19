import keras

from keras_rlgen.models.conditions.class_labels import ClassLabels
from keras_rlgen.models.gan.gan import GAN


@keras.saving.register_keras_serializable("keras_rlgen")
class ConditionalGAN(GAN):
    """A GAN whose two networks also see a class label.

    Args:
        generator: Keras model from `[latents, labels]`, `(batch, latent_dim)` and
            int32 `(batch,)` or `(batch, 1)`, to samples. An `Embedding` reads them.
        discriminator: Keras model from `[samples, labels]` to logits.
        latent_dim: Integer.
        num_classes: Integer, labels are in `[0, num_classes)`.
        **kwargs: As in `GAN`; packing is not for conditional models.

    Raises:
        ValueError: As `GAN`; or if `packing` is not 1.

    Example:

    ```python
    gan = ConditionalGAN(generator, discriminator, latent_dim=64, num_classes=10)
    gan.compile()
    gan.fit(images, labels, epochs=20)
    gan.generate(10, condition=range(10), seed=0)
    ```

    Reference:
        [Mirza & Osindero, 2014](https://arxiv.org/abs/1411.1784).
    """

    def __init__(self, generator, discriminator, latent_dim, num_classes, **kwargs):
        if kwargs.get("packing", 1) != 1:
            raise ValueError(
                "`ConditionalGAN` judges samples one by one. "
                f"Received: packing={kwargs['packing']}"
            )
        self.num_classes = num_classes
        super().__init__(
            generator,
            discriminator,
            latent_dim,
            conditions=ClassLabels(num_classes),
            **kwargs,
        )

    def call(self, inputs, training=None):
        """Returns samples for `[latents, labels]`."""
        latents, labels = inputs
        return self._call_generator(
            self.sampling_generator, latents, labels, training=bool(training)
        )

    def _generator_inputs(self, latents, condition):
        return [latents, condition]

    def _discriminator_inputs(self, samples, condition):
        return [samples, condition]

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
