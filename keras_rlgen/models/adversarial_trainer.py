"""The part of a two-player model that knows Keras' training loop, not the game."""

import keras
import tensorflow as tf

from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.models.guarded_model import serialize
from keras_rlgen.training.optimizer_group import OptimizerGroup


class AdversarialTrainer(GenerativeModel):
    """Base: two players with an optimizer each.

    A subclass has `generator`, `discriminator` and what `GenerativeModel` asks for.
    """

    def compile(
        self, generator_optimizer, discriminator_optimizer, metrics=None, **kwargs
    ):
        if generator_optimizer is discriminator_optimizer and isinstance(
            generator_optimizer, keras.optimizers.Optimizer
        ):
            raise ValueError(
                "Expected an optimizer for each player. Received the same instance as "
                "`generator_optimizer` and `discriminator_optimizer`; make two."
            )
        generator_optimizer = self._built_optimizer(
            generator_optimizer, self.generator.trainable_variables
        )
        discriminator_optimizer = self._built_optimizer(
            discriminator_optimizer, self.discriminator.trainable_variables
        )
        super().compile(optimizer=None, metrics=metrics, **kwargs)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.optimizer = OptimizerGroup([generator_optimizer, discriminator_optimizer])

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["generator_optimizer"] = serialize(self.generator_optimizer)
            config["discriminator_optimizer"] = serialize(self.discriminator_optimizer)
        return config

    def _update_player(self, player, tape, loss, terms, after=None):
        """Descends one player's loss, if `terms` and its gradient are finite.

        Args:
            player: "generator" or "discriminator".
            tape: The gradient tape on which `loss` was computed.
            loss: Scalar, scaled by the optimizer.
            terms: Dict from names to tensors that have to be finite.
            after: Callable without arguments, run after an update that took place.
        """
        variables = getattr(self, player).trainable_variables
        self._update(
            f"{player}_gradient",
            getattr(self, f"{player}_optimizer"),
            variables,
            tape.gradient(loss, variables),
            terms,
            after,
        )

    def _average_weights(self):
        """Moves the averaged generator towards the generator, if there is one."""
        if self.average_generator is None:
            return
        step = tf.cast(self.generator_optimizer.iterations, tf.float32)
        # Weights of the first steps are forgotten sooner.
        momentum = tf.minimum(self.ema_momentum, (1.0 + step) / (10.0 + step))
        for average, value in zip(
            self.average_generator.weights, self.generator.weights, strict=True
        ):
            average.assign(value + tf.cast(momentum, value.dtype) * (average - value))
