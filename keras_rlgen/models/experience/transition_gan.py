import keras
from keras import layers

from keras_rlgen.experience.spec_config import spec_config, spec_from_config
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses import NonSaturating, R1Penalty
from keras_rlgen.models.conditions.vector_condition import VectorCondition
from keras_rlgen.models.experience.experience_generator import ExperienceGenerator
from keras_rlgen.models.experience.transition_vectors import (
    CONDITIONAL,
    TransitionVectors,
)
from keras_rlgen.models.gan.conditional_gan import ConditionalGAN
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.training.guarded_model import serialize

UNITS = 128
INPUT_NOISE = 0.1


@keras.saving.register_keras_serializable("keras_rlgen")
class TransitionGAN(ExperienceGenerator):
    """A generative adversarial network of the transitions of an environment.

    An `ExperienceGenerator` of a `ConditionalGAN` with an averaged generator, and with
    settings of `compile` that keep it stable: an R1 penalty, and a discriminator that
    learns faster than the generator.

    Args:
        generator: Keras model from `[latents, condition]`, `(batch, noise_dim)` and
            `(batch, condition_dim)`, to samples `(batch, sample_dim)`; from latents
            alone if `given` is `()`. The sizes are those of `TransitionVectors(specs,
            given)`. By default two layers of 128 units.
        discriminator: Keras model from `[samples, condition]`, or from samples, to
            logits. By default two layers of 128 units; noise added to the samples that
            it is trained on makes values that are exact in real ones, such as those of
            ends, no sign of realness.
        specs: As in `ExperienceGenerator`. Required.
        noise_dim: Integer, the size of the latents.
        given: As in `ExperienceGenerator`.
        end_fraction: As in `ExperienceGenerator`.
        seed: Integer or `None`.
        name: String.

    Raises:
        TypeError: If there are no `specs`.
        ValueError: If the networks do not fit the transitions.

    Example:

    ```python
    model = TransitionGAN(specs=agent.specs)
    model.compile()
    model.fit(agent.record(steps=1000, exploring=True), epochs=100)
    transition = model.generate(observations, actions, seed=0)
    model.realism(transition)  # (batch,), in [0, 1]
    ```

    Reference:
        [Azizzadenesheli et al., 2018](https://arxiv.org/abs/1806.05780), section 4, for
        vectors in place of images; R1:
        [Mescheder et al., 2018](https://arxiv.org/abs/1801.04406); two time scales:
        [Heusel et al., 2017](https://arxiv.org/abs/1706.08500); input noise:
        [Sonderby et al., 2017](https://arxiv.org/abs/1610.04490).
    """

    def __init__(
        self,
        generator=None,
        discriminator=None,
        specs=None,
        noise_dim=4,
        given=CONDITIONAL,
        end_fraction=0.2,
        seed=None,
        name=None,
    ):
        vectors = TransitionVectors(specs, given)
        if generator is None:
            generator = _generator(vectors, noise_dim)
        if discriminator is None:
            discriminator = _discriminator(vectors)
        options = {"latent_dim": noise_dim, "ema_momentum": 0.99, "seed": seed}
        if vectors.given:
            condition = VectorCondition(vectors.condition_dim)
            gan = ConditionalGAN(
                generator, discriminator, conditions=condition, **options
            )
        else:
            gan = GAN(generator, discriminator, **options)
        super().__init__(
            gan, specs, given, end_fraction=end_fraction, seed=seed, name=name
        )

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss=None,
        optimizer=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: Keras optimizer or its name. By default Adam with a
                learning rate of 5e-4 and `beta_1=0.5`.
            discriminator_optimizer: Likewise; by default with a rate of 1e-3.
            loss: As in `GAN.compile`. By default non-saturating, with an R1 penalty.
            optimizer: As in `GAN.compile`, in place of both.
            **kwargs: As in `GAN.compile`.
        """
        if generator_optimizer is None and optimizer is None:
            generator_optimizer = keras.optimizers.Adam(5e-4, beta_1=0.5)
        if discriminator_optimizer is None and optimizer is None:
            discriminator_optimizer = keras.optimizers.Adam(1e-3, beta_1=0.5)
        if loss is None:
            loss = NonSaturating(R1Penalty(1.0))
        optimizers = generator_optimizer, discriminator_optimizer
        super().compile(*optimizers, loss=loss, optimizer=optimizer, **kwargs)

    def get_config(self):
        return {
            "generator": serialize(self.model.generator),
            "discriminator": serialize(self.model.discriminator),
            "specs": [spec_config(spec) for spec in self.specs],
            "noise_dim": self.model.latent_dim,
            "given": list(self.given),
            "end_fraction": self.end_fraction,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator"
        config = with_objects(config, *keys, custom_objects=custom_objects)
        config["specs"] = tuple(map(spec_from_config, config["specs"]))
        return cls(**config)


def _generator(vectors, noise_dim):
    inputs = [layers.Input((noise_dim,))]
    if vectors.given:
        inputs.append(layers.Input((vectors.condition_dim,)))
    x = layers.Concatenate()(inputs) if vectors.given else inputs[0]
    for _ in range(2):
        x = layers.Dense(UNITS, activation="silu")(x)
    x = layers.Dense(vectors.sample_dim)(x)
    return keras.Model(inputs if vectors.given else inputs[0], x)


def _discriminator(vectors):
    samples = layers.Input((vectors.sample_dim,))
    x = layers.GaussianNoise(INPUT_NOISE)(samples)
    inputs = samples
    if vectors.given:
        condition = layers.Input((vectors.condition_dim,))
        x = layers.Concatenate()([x, condition])
        inputs = [samples, condition]
    for _ in range(2):
        x = layers.Dense(UNITS, activation="silu")(x)
    return keras.Model(inputs, layers.Dense(1)(x))
