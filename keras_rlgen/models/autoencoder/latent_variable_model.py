"""Base class of the variational autoencoders."""

import math

import keras
import tensorflow as tf

from keras_rlgen import distributions, losses
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.models import data_checks
from keras_rlgen.models.autoencoder.autoencoder_checks import check_autoencoder
from keras_rlgen.models.conditions.conditions_of import conditions_of
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.guarded_model import serialize

EMITTED = ("mean", "sample")
PRIORS = ("standard", "learned")


class LatentVariableModel(LikelihoodModel):
    """Base class of the autoencoders: `p(z) p(x | z)`, trained with `q(z | x)`.

    Args:
        encoder: Keras model from samples to the parameters of `q(z | x)`.
        decoder: Keras model from latents to the parameters of `p(x | z)`.
        latents: `GaussianLatents` or `CategoricalLatents`.
        distribution: Name of an output distribution or an `OutputDistribution`.
        num_classes: Integer, for a model of samples with class labels; or `None`.
        emit: `"mean"` or `"sample"` of `p(x | z)`, what `generate` returns.
        conditions: Such as `VectorCondition(dim)`, for a model of samples with another
            condition than labels; or `None`.
        **kwargs: `seed`, `name`.

    Raises:
        ValueError: If the networks do not fit each other, the latents or the
            distribution.
    """

    likelihood = "lower_bound"
    term_names = ("loss", "reconstruction_nll", "kl", "beta")
    evaluation_names = (
        "loss",
        "reconstruction_nll",
        "kl",
        "elbo",
        "log_likelihood_bound",
    )

    compile_advice = {
        "loss": (
            "The loss is the negative evidence lower bound, whose reconstruction term "
            "is that of `distribution` in the constructor: 'normal' is a squared "
            "error, 'bernoulli' the cross-entropy of samples in [0, 1]."
        )
    }

    def __init__(
        self,
        encoder,
        decoder,
        latents,
        distribution="bernoulli",
        num_classes=None,
        emit="mean",
        conditions=None,
        **kwargs,
    ):
        if emit not in EMITTED:
            raise ValueError(
                f"Expected `emit` to be one of {EMITTED}. Received: {emit!r}"
            )
        check_network("encoder", encoder)
        check_network("decoder", decoder)
        distribution = distributions.get(distribution)
        conditions = conditions_of(num_classes, conditions)
        sample_shape = tuple(decoder.output_shape[1:])
        num_discrete = distribution.num_discrete(sample_shape)
        if num_discrete is not None:
            self.evaluation_names = (*self.evaluation_names, "bits_per_dimension")
        super().__init__(conditions, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.latents = latents
        self.distribution = distribution
        self.num_classes = num_classes
        self.emit = emit
        self.sample_shape = sample_shape
        self.beta = 1.0
        self.free_bits = 0.0
        self.num_importance_samples = 50
        self._num_discrete = num_discrete
        if not distribution.built:
            distribution.build(decoder.output_shape)
        check_autoencoder(self)
        self.built = True

    def compile(
        self,
        optimizer="adam",
        beta=1.0,
        free_bits=0.0,
        num_importance_samples=50,
        metrics=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            beta: Weight of the KL divergence to the prior: a non-negative float, or a
                `keras.optimizers.schedules.LearningRateSchedule` of the number of
                updates, such as `PolynomialDecay(0.0, 1000, 1.0)`, which raises it from
                0 to 1 over 1,000 updates.
            free_bits: Float, nats of KL divergence per latent that are not penalised.
            num_importance_samples: Positive integer, latents for each sample in
                `log_prob` and in `log_likelihood_bound` of `evaluate`.
            metrics: List of `keras_rlgen.metrics` or their names, which compare real
                with generated samples in `evaluate`.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile`, as in
                `keras.Model.compile`.

        Raises:
            ValueError: If a name is unknown or a number out of range.
        """
        schedule = keras.optimizers.schedules.LearningRateSchedule
        if not isinstance(beta, schedule) and not (
            is_number(beta) and 0.0 <= beta < math.inf
        ):
            raise ValueError(
                "Expected `beta` to be a float of at least 0, or a schedule. "
                f"Received: {beta!r}"
            )
        if not (is_number(free_bits) and free_bits >= 0.0):
            raise ValueError(f"Expected `free_bits` >= 0. Received: {free_bits!r}")
        if not is_integer(num_importance_samples) or num_importance_samples < 1:
            raise ValueError(
                "Expected `num_importance_samples` to be a positive integer. "
                f"Received: {num_importance_samples!r}"
            )
        super().compile(optimizer, metrics=metrics, **kwargs)
        self.beta = beta
        self.free_bits = float(free_bits)
        self.num_importance_samples = num_importance_samples
        # It was traced with the previous number.
        self._log_density = None

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config.update(
                {
                    "beta": serialize(self.beta),
                    "free_bits": self.free_bits,
                    "num_importance_samples": self.num_importance_samples,
                }
            )
        return config

    # The parts of the model

    def posterior(self, samples, condition=None, training=None):
        """Returns `q(z | x)`, a `tfp.distributions.Distribution` over latents.

        Args:
            samples: Float tensor `(batch, ...)`.
            condition: What they are conditioned on, if the model is.
            training: Boolean, passed to the encoder.
        """
        parameters = self.encoder(self._inputs(samples, condition), training=training)
        return self.latents.posterior(tf.cast(parameters, tf.float32))

    def prior(self, condition=None, training=None):
        """Returns `p(z)`, the distribution of one sample's latents."""
        return self.latents.prior()

    def decode_distribution(self, latents, condition=None, training=None):
        """Returns `p(x | z)`, a `tfp.distributions.Distribution` over samples.

        Args:
            latents: Float tensor `(batch, ...)`.
            condition: What they are conditioned on, if the model is.
            training: Boolean, passed to the decoder.
        """
        return self.distribution.tfp_distribution(
            self._decoder_output(latents, condition, training)
        )

    def elbo_terms(self, samples, latents, posterior, condition=None, training=None):
        """Computes the two terms of the evidence lower bound of each sample.

        Args:
            samples: Float tensor `(batch, ...)`.
            latents: Float tensor `(batch, ...)`, sampled from the posterior.
            posterior: The result of `posterior` for the samples.
            condition: What they are conditioned on, if the model is.
            training: Boolean, passed to the decoder.

        Returns:
            Dict: `"reconstruction_nll"`, `-log p(x | z)`, float32 `(batch,)`; and
            `"kl"`, the KL divergence of each latent's posterior to its prior, float32
            `(batch, num_latents)`. Both in nats, summed over features.
        """
        decoded = self.decode_distribution(latents, condition, training)
        return {
            "reconstruction_nll": -decoded.log_prob(samples),
            "kl": self.latents.kl(posterior),
        }

    def kl_loss(self, kl):
        """Computes the loss term of the KL divergence, a float32 scalar.

        Args:
            kl: Float32 tensor `(batch, num_latents)`, as in `elbo_terms`.
        """
        if self.free_bits:
            return self.current_beta() * losses.free_bits(kl, self.free_bits)
        return self.current_beta() * tf.reduce_mean(tf.reduce_sum(kl, axis=-1))

    def current_beta(self):
        """Returns the current weight of the KL divergence, a float32 scalar tensor."""
        if callable(self.beta):
            return tf.cast(self.beta(self.optimizer.iterations), tf.float32)
        return tf.constant(self.beta, tf.float32)

    def draw_latents(self, posterior, key):
        """Samples latents in training, with a gradient to the encoder.

        Args:
            posterior: The result of `posterior`.
            key: Int32 tensor `(2,)`.

        Returns:
            Float32 tensor `(batch, ...)`.
        """
        return posterior.sample(seed=key)

    # Training and evaluation

    def loss_terms(self, samples, condition, key, training):
        posterior = self.posterior(samples, condition, training)
        latents = self.draw_latents(posterior, key)
        terms = self.elbo_terms(samples, latents, posterior, condition, training)
        return {**self._means(terms), "beta": self.current_beta()}

    def evaluation_terms(self, samples, condition, key):
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        posterior = self.posterior(samples, condition, training=False)
        latents = posterior.sample(seed=keys[0])
        terms = self._means(
            self.elbo_terms(samples, latents, posterior, condition, training=False)
        )
        terms["elbo"] = -terms["reconstruction_nll"] - terms["kl"]
        bound = tf.reduce_mean(self.log_density(samples, condition, keys[1]))
        terms["log_likelihood_bound"] = bound
        if self._num_discrete is not None:
            terms["bits_per_dimension"] = -bound / (self._num_discrete * math.log(2.0))
        return terms

    def _means(self, terms):
        nll = tf.reduce_mean(terms["reconstruction_nll"])
        return {
            "loss": nll + self.kl_loss(terms["kl"]),
            "reconstruction_nll": nll,
            "kl": tf.reduce_mean(tf.reduce_sum(terms["kl"], axis=-1)),
        }

    def log_density(self, samples, condition, key):
        """Computes the importance-weighted bound with `num_importance_samples` latents.

        They are processed one by one, so that memory does not grow with their number.
        """
        posterior = self.posterior(samples, condition, training=False)
        prior = self.prior(condition, training=False)

        def log_weight(key):
            latents = posterior.sample(seed=key)
            decoded = self.decode_distribution(latents, condition, training=False)
            joint = prior.log_prob(latents) + decoded.log_prob(samples)
            return joint - posterior.log_prob(latents)

        count = self.num_importance_samples
        keys = tf.random.experimental.stateless_split(key, count)
        log_weights = tf.map_fn(log_weight, keys, fn_output_signature=tf.float32)
        return losses.importance_weighted_bound(log_weights)

    # Sampling

    def sample(self, count, key, condition=None, temperature=1.0):
        latents, condition, output_key = self._draw_latents_of_prior(
            count, key, condition, temperature
        )
        parameters = self._decoder_output(latents, condition, training=False)
        if self.emit == "mean":
            return self.distribution.mean(parameters)
        return self.distribution(parameters, output_key, temperature)

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        latents, condition, output_key = self._draw_latents_of_prior(
            count, key, condition, temperature
        )
        latents = tf.stop_gradient(latents)
        parameters = self._decoder_output(latents, condition, training)
        decoded = self.distribution.tempered(parameters, temperature)
        samples = tf.stop_gradient(decoded.sample(seed=output_key))
        return Draw(samples, latents, () if condition is None else condition)

    def draw_log_prob(self, draw, condition=None, training=None):
        condition = self._drawn_condition(draw, condition)
        decoded = self.decode_distribution(draw.latents, condition, training)
        prior = self.prior(condition, training)
        return prior.log_prob(draw.latents) + decoded.log_prob(draw.samples)

    @property
    def policy_variables(self):
        return [
            *self.decoder.trainable_variables,
            *self.latents.trainable_variables,
            *self.distribution.trainable_variables,
        ]

    def _draw_latents_of_prior(self, count, key, condition, temperature):
        """Returns latents, the condition, and the key of the output."""
        latent_key, output_key, condition_key = tf.unstack(
            tf.random.experimental.stateless_split(key, 3)
        )
        condition = self._given_or_random(condition, count, condition_key)
        prior = self.latents.prior(temperature)
        return prior.sample(count, seed=latent_key), condition, output_key

    def encode(self, samples, condition=None):
        """Returns the most likely latents of samples: means, or one-hot codes.

        Args:
            samples: Array or tensor `(batch, ...)`.
            condition: What they are conditioned on, `(batch, ...)`, if the model is.

        Returns:
            Float32 tensor `(batch, ...)`.

        Raises:
            ValueError: As `log_prob`.
        """
        samples = self._checked_samples(samples)
        condition = self._checked_condition(condition, samples, "encode")
        return self.posterior(samples, condition, training=False).mode()

    def decode(self, latents, condition=None):
        """Returns the mean of `p(x | z)` for latents.

        Args:
            latents: Array or tensor `(batch, ...)`.
            condition: What they are conditioned on, `(batch, ...)`, if the model is.

        Returns:
            Float32 tensor `(batch, ...)`.

        Raises:
            ValueError: If the latents are of another shape or not finite, or as
                `log_prob`, for the condition.
        """
        latents = data_checks.checked_latents(latents, self.latents.shape)
        condition = self._checked_condition(condition, latents, "decode")
        return self.distribution.mean(
            self._decoder_output(latents, condition, training=False)
        )

    def reconstruct(self, samples, condition=None):
        """Returns samples encoded and decoded, float32 `(batch, ...)`."""
        return self.decode(self.encode(samples, condition), condition)

    def call(self, inputs, training=None):
        """Returns reconstructions of samples, or of `[samples, condition]`."""
        if self.has_condition:
            return self.reconstruct(*inputs)
        return self.reconstruct(inputs)

    # Networks and files

    def _inputs(self, values, condition):
        if not self.has_condition:
            return values
        # Keras takes tensors or arrays, not a mix of both.
        return [tf.convert_to_tensor(values), tf.convert_to_tensor(condition)]

    def _decoder_output(self, latents, condition, training):
        parameters = self.decoder(self._inputs(latents, condition), training=training)
        return tf.cast(parameters, tf.float32)

    @property
    def value_range(self):
        """`(low, high)` of samples, `None` if unbounded."""
        if self.distribution.value_range is not None:
            return self.distribution.value_range
        return data_checks.output_range(self.decoder)

    def exported_parts(self):
        return [self.encoder, self.decoder, self.latents, self.distribution]

    def export_endpoints(self):
        samples = self.sample_spec
        latents = tf.TensorSpec((None, *self.latents.shape), tf.float32, name="latents")
        condition = [self.conditions.spec] if self.has_condition else []
        return {
            **super().export_endpoints(),
            "encode": (self.encode, [samples, *condition]),
            "decode": (self.decode, [latents, *condition]),
            "reconstruct": (self.reconstruct, [samples, *condition]),
        }
