"""Generative models that map normal noise to samples."""

import keras
import tensorflow as tf

from keras_rlgen.models import data_checks
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.models.stochastic_generator import StochasticGenerator


class LatentGenerator(GenerativeModel):
    """Base class of models that map standard normal latents to samples.

    Samples have no density. Subclasses define `generator`, from latents to samples, a
    network or a `StochasticGenerator`; `average_generator`, used for sampling instead,
    or `None`; `latent_dim`, and the rest of `GenerativeModel`. If the generator takes
    more than latents, they override `_generator_inputs`.

    Attributes:
        takes_condition: Whether the generator takes a condition besides the latents.
    """

    takes_condition = False

    def call(self, latents, training=None):
        """Returns samples for latents `(batch, latent_dim)`."""
        return self._call_generator(
            self.sampling_generator, latents, training=bool(training)
        )

    @property
    def sampling_generator(self):
        """The generator that `generate`, `evaluate` and `export` use."""
        return self.average_generator or self.generator

    def sample(self, count, key, condition=None, temperature=1.0):
        latents, condition, output_key = self._draw_inputs(
            count, key, condition, temperature
        )
        return self._call_generator(
            self.sampling_generator, latents, condition, False, output_key, temperature
        )

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        latents, condition, output_key = self._draw_inputs(
            count, key, condition, temperature
        )
        inputs = self._generator_inputs(latents, condition)
        policy = self._policy().policy(inputs, training, temperature)
        samples = tf.stop_gradient(policy.sample(seed=output_key))
        return Draw(samples, latents, () if condition is None else condition)

    def draw_log_prob(self, draw, condition=None, training=None):
        condition = self._drawn_condition(draw, condition)
        inputs = self._generator_inputs(draw.latents, condition)
        return self._policy().policy(inputs, training).log_prob(draw.samples)

    @property
    def policy_variables(self):
        return self._policy().trainable_variables

    def _policy(self):
        generator = self.sampling_generator
        if not isinstance(generator, StochasticGenerator):
            raise ValueError(
                "The generator is deterministic: given its latents, a sample has no "
                "log-probability. Make it `StochasticGenerator(generator, "
                "distribution)` before passing it to "
                f"`{type(self).__name__}`."
            )
        return generator

    def _draw_inputs(self, count, key, condition, temperature):
        """Returns latents, the condition, and the key of the output."""
        latent_key, output_key, condition_key = tf.unstack(
            tf.random.experimental.stateless_split(key, 3)
        )
        condition = self._given_or_random(condition, count, condition_key)
        latents = tf.random.stateless_normal((count, self.latent_dim), latent_key)
        return latents * temperature, condition, output_key

    def _call_generator(
        self,
        network,
        latents,
        condition=None,
        training=False,
        seed=None,
        temperature=1.0,
    ):
        inputs = self._generator_inputs(latents, condition)
        if isinstance(network, StochasticGenerator):
            if training and seed is None:
                # The network's own random stream is used by `predict` only.
                seed = self._next_key()
            samples = network(
                inputs, training=training, seed=seed, temperature=temperature
            )
        else:
            samples = network(inputs, training=training)
        return tf.cast(samples, tf.float32)

    def _generator_inputs(self, latents, condition):
        return latents

    def _latents(self, batch_size):
        return keras.random.normal(
            (batch_size, self.latent_dim), seed=self.seed_generator
        )

    @property
    def value_range(self):
        """`(low, high)` of the generator's output, `None` if unbounded."""
        if isinstance(self.generator, StochasticGenerator):
            if self.generator.distribution.value_range is not None:
                return self.generator.distribution.value_range
        return data_checks.output_range(self._network)

    @property
    def _network(self):
        return getattr(self.generator, "network", self.generator)

    def exported_parts(self):
        return [self.sampling_generator]

    def export_endpoints(self):
        latents = tf.TensorSpec((None, self.latent_dim), tf.float32, name="latents")
        if self.has_condition:
            serve = lambda latents, condition: self([latents, condition])  # noqa: E731
            signature = [latents, self.conditions.spec]
        else:
            serve, signature = lambda latents: self(latents), [latents]
        return {"serve": (serve, signature), **super().export_endpoints()}
