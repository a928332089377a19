import keras

from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.conditions.condition_input import check_condition_input
from keras_rlgen.models.conditions.conditions_of import conditions_of
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class ConditionalGAN(GAN):
    """A GAN whose networks also take a class label, or another condition.

    Args:
        generator: Keras model from `[latents, condition]` to samples. Latents are
            `(batch, latent_dim)`; labels int32 `(batch,)` or `(batch, 1)`, for an
            `Embedding`; vectors float32 `(batch, dim)`.
        discriminator: Keras model from `[samples, condition]` to logits.
        latent_dim: Integer.
        num_classes: Integer, labels are in `[0, num_classes)`.
        conditions: In place of `num_classes`, for another condition than labels, such
            as `VectorCondition(3)`: `fit(x, y)`, `y` float32 `(num_samples, 3)`.
        **kwargs: As in `GAN`; packing is not supported.

    Raises:
        ValueError: As `GAN`; if `packing` is not 1; if there is no condition, or a
            network has no input for it.

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

    takes_condition = True

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim,
        num_classes=None,
        conditions=None,
        **kwargs,
    ):
        if kwargs.get("packing", 1) != 1:
            raise ValueError(
                "`ConditionalGAN` does not support packing. "
                f"Received: packing={kwargs['packing']}"
            )
        conditions = conditions_of(num_classes, conditions)
        if conditions is None:
            raise ValueError(
                "`ConditionalGAN` expected `num_classes`, or `conditions` such as "
                "`VectorCondition(3)`. Received neither. Without a condition use `GAN`."
            )
        network = getattr(generator, "network", generator)
        check_condition_input(network, conditions, "generator", "latents")
        check_condition_input(discriminator, conditions, "discriminator", "samples")
        self.num_classes = num_classes
        super().__init__(
            generator, discriminator, latent_dim, conditions=conditions, **kwargs
        )

    def call(self, inputs, training=None):
        """Returns samples for `[latents, condition]`."""
        latents, condition = inputs
        return self._call_generator(
            self.sampling_generator, latents, condition, training=bool(training)
        )

    def _generator_inputs(self, latents, condition):
        return [latents, condition]

    def _discriminator_inputs(self, samples, condition):
        return [samples, condition]

    def get_config(self):
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "conditions": serialize(self._given_conditions),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
