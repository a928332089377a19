import warnings

import keras
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.losses.check_logits import check_logits
from keras_rlgen.losses.gradient_penalty import check_penalised
from keras_rlgen.models import data_checks
from keras_rlgen.models.gan.adversarial_checks import check_networks, check_pathwise
from keras_rlgen.models.gan.averaged_copy import averaged_copy
from keras_rlgen.models.gan.collapse_watch import CollapseWatch
from keras_rlgen.models.gan.default_loss import default_loss
from keras_rlgen.models.gan.latent_generator import LatentGenerator
from keras_rlgen.models.gan.packing import pack
from keras_rlgen.models.gan.remedies import REMEDIES
from keras_rlgen.models.gan.sample_spread import SampleSpread
from keras_rlgen.training import replicas
from keras_rlgen.training.adversarial_trainer import AdversarialTrainer
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.conditional_update import run_if
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class GAN(AdversarialTrainer, LatentGenerator):
    """A generative adversarial network: a generator and a discriminator.

    Args:
        generator: Keras model from latents `(batch, latent_dim)` to samples
            `(batch, ...)`, or a `StochasticGenerator`.
        discriminator: Keras model from samples to logits (real is high), `(batch,)`
            or `(batch, 1)`. With `packing=m` its input has `m` times the channels.
        latent_dim: Integer, size of the standard normal latents.
        discriminator_steps: Integer, discriminator updates per generator update.
            Defaults to 1.
        ema_momentum: Float in [0, 1) or `None`. If given, `generate`, `evaluate` and
            `export` use an exponential moving average of the generator's weights, by
            default, 0.99, of about the last hundred updates. `None` for the weights
            themselves, which are also used, with a warning, if the generator cannot be
            copied.
        packing: Integer, the number of samples that the discriminator scores together.
            Defaults to 1.
        seed: Integer or `None`, the seed of the latents.

    Raises:
        ValueError: If the networks do not fit each other or `latent_dim`.

    Example:

    ```python
    gan = GAN(generator, discriminator, latent_dim=64)
    gan.compile(metrics=["frechet_distance"])
    gan.fit(images, epochs=60)
    gan.generate(16).shape, gan.evaluate(held_out)
    ```

    The settings of `compile()` learn on images of any size. `fit` warns, once, if the
    game has collapsed: the guide on RL-trained GANs says when.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661);
        packing: [Lin et al., 2018](https://arxiv.org/abs/1712.04086); average weights:
        [Yazıcı et al., 2019](https://arxiv.org/abs/1806.04498).
    """

    progress_logs = "generator_loss", "discriminator_loss"
    collapse_remedies = REMEDIES
    # Little momentum, since the opponent moves too.
    adam_settings = {
        "generator": {"learning_rate": 1e-3, "beta_1": 0.5},
        "discriminator": {"learning_rate": 1e-3, "beta_1": 0.5},
    }

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim,
        discriminator_steps=1,
        ema_momentum=0.99,
        packing=1,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(seed=seed, name=name, **kwargs)
        for key, value in {
            "latent_dim": latent_dim,
            "discriminator_steps": discriminator_steps,
            "packing": packing,
        }.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if ema_momentum is not None and not (
            is_number(ema_momentum) and 0.0 <= ema_momentum < 1.0
        ):
            raise ValueError(
                f"Expected `ema_momentum` in [0, 1) or None. Received: {ema_momentum}"
            )
        check_network("generator", generator)
        check_network("discriminator", discriminator)
        check_logits(discriminator)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = latent_dim
        self.discriminator_steps = discriminator_steps
        self.ema_momentum = ema_momentum
        self.packing = packing
        self.sample_shape = check_networks(self)
        self.average_generator = None
        if ema_momentum is not None:
            self._add_average()
        self.generator_loss_tracker = keras.metrics.Mean(name="generator_loss")
        self.discriminator_loss_tracker = keras.metrics.Mean(name="discriminator_loss")
        self.accuracy_real_tracker = keras.metrics.Mean(
            name="discriminator_accuracy_real"
        )
        self.accuracy_generated_tracker = keras.metrics.Mean(
            name="discriminator_accuracy_generated"
        )
        self.sample_spread = SampleSpread()
        self.collapse_watch = None
        self.adversarial_loss = None
        self.built = True

    def _add_average(self):
        latents = tf.zeros((1, self.latent_dim))
        condition = self._example_condition(1)
        try:
            self.average_generator = averaged_copy(
                self.generator,
                lambda copied: self._call_generator(copied, latents, condition),
            )
        except ValueError as error:
            self.ema_momentum = None
            warnings.warn(f"{error} There is no average now.", stacklevel=3)

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss=None,
        metrics=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: Keras optimizer or its name, by default `"adam"`, which
                is Adam with a learning rate of 1e-3 and `beta_1=0.5`.
            discriminator_optimizer: Keras optimizer or its name; another instance. By
                default a copy of the generator's. `"adam"` is as above.
            loss: `"non_saturating"`, `"minimax"`, `"least_squares"`, `"hinge"`,
                `"wasserstein"` (with gradient penalty), or an `AdversarialLoss`. By
                default `NonSaturating` with an `R1Penalty` of 0.005 per element of a
                sample (0.32 for images of 8 x 8, 3.9 for 28 x 28), or without penalty
                if the discriminator normalises over the batch.
            metrics: List of `keras_rlgen.metrics` or their names, which compare real
                with generated samples in `evaluate`.
            **kwargs: `optimizer`, one in place of both, of which each network has a
                copy; `run_eagerly`, `steps_per_execution` and `jit_compile`, as in
                `keras.Model.compile`.

        Raises:
            ValueError: If a name is unknown, both networks share an optimizer, or the
                loss has a gradient penalty and the discriminator normalises batches.
        """
        loss = self.adversarial_loss_of(loss)
        check_penalised(self.discriminator, loss.penalty)
        optimizers = {
            "generator": generator_optimizer,
            "discriminator": discriminator_optimizer,
        }
        super().compile(optimizers, metrics=metrics, **kwargs)
        self.adversarial_loss = loss
        self.collapse_watch = CollapseWatch()

    def adversarial_loss_of(self, loss):
        """Returns the `AdversarialLoss` of `compile(loss=loss)`, by default too."""
        if loss is None:
            return default_loss(self.discriminator, self.sample_shape)
        return losses.get(loss)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["loss"] = serialize(self.adversarial_loss)
        return config

    def training_callbacks(self, options):
        return [self.collapse_watch]

    @property
    def training_trackers(self):
        """The metrics of a training step, in the order of the logs."""
        return [
            self.generator_loss_tracker,
            self.discriminator_loss_tracker,
            *self.accuracy_trackers,
        ]

    @property
    def accuracy_trackers(self):
        """The discriminator's accuracies; none if its loss has no decision boundary."""
        if self.adversarial_loss is not None and self.adversarial_loss.boundary is None:
            return []
        return [self.accuracy_real_tracker, self.accuracy_generated_tracker]

    def train_step(self, data):
        real, condition = self._unpack(data)
        with self.health.keeping(self._statistics()):
            # A tensor, since accumulated gradients make it one of fewer updates.
            before = tf.convert_to_tensor(self.discriminator_optimizer.iterations)
            self._train_discriminator(real, condition)
            if self.discriminator_steps == 1:
                self._train_generator(real, condition)
            else:
                # A step skipped by loss scaling does not advance `iterations`.
                updates = tf.convert_to_tensor(self.discriminator_optimizer.iterations)
                run_if(
                    tf.logical_and(
                        updates > before,
                        tf.equal(updates % self.discriminator_steps, 0),
                    ),
                    lambda: self._train_generator(real, condition),
                )
        return self._finished(self.training_trackers)

    def _statistics(self):
        """The weights that a forward pass updates, such as batch normalisation's."""
        return [
            *self.generator.non_trainable_weights,
            *self.discriminator.non_trainable_weights,
        ]

    def _train_discriminator(self, real, condition):
        clean = real
        real = self._as_seen(real, self._next_key())
        generated = self._generated_for_discriminator(tf.shape(real)[0], condition)
        generated = tf.stop_gradient(generated)
        self.sample_spread.update(
            clean, generated, self._noise_variance(), self._generated_parts(condition)
        )

        def logits(samples):
            return self._judge(samples, condition, training=True)

        with tf.GradientTape() as tape:
            real_logits, generated_logits = logits(real), logits(generated)
            loss = self.adversarial_loss.discriminator(real_logits, generated_logits)
            if self.adversarial_loss.penalty is not None:
                loss += self.adversarial_loss.penalty(
                    lambda packed: self._judge_packed(packed, condition, training=True),
                    pack(real, self.packing),
                    pack(generated, self.packing),
                    self._next_key(),
                )
            scaled = self.discriminator_optimizer.scale_loss(loss)
        self._update_player("discriminator", tape, scaled, {"discriminator_loss": loss})
        self._track_discriminator(loss, real_logits, generated_logits)

    def _track_discriminator(self, loss, real_logits, generated_logits, weight=None):
        replicas.track(self.discriminator_loss_tracker, loss, weight)
        boundary = self.adversarial_loss.boundary
        if boundary is not None:
            real, generated = real_logits > boundary, generated_logits <= boundary
            self.accuracy_real_tracker.update_state(
                real, replicas.counted(real, weight)
            )
            self.accuracy_generated_tracker.update_state(
                generated, replicas.counted(generated, weight)
            )

    def _train_generator(self, real, condition):
        check_pathwise(self.generator)
        with tf.GradientTape() as tape:
            latents = self._latents(tf.shape(real)[0])
            generated = self._call_generator(
                self.generator, latents, condition, training=True
            )
            terms = self._generator_terms(generated, real, condition)
            loss = terms["generator_loss"]
            scaled = self.generator_optimizer.scale_loss(loss)
        self._update_player(
            "generator", tape, scaled, terms, after=self._average_weights
        )
        self.generator_loss_tracker.update_state(loss)

    def _generator_terms(self, generated, real, condition):
        """Returns a dict of what has to be finite, including the generator's loss."""
        logits = self._judge(generated, condition, training=True)
        return {"generator_loss": self.adversarial_loss.generator(logits)}

    def _generated_for_discriminator(self, batch_size, condition):
        return self._call_generator(
            self.generator, self._latents(batch_size), condition, training=True
        )

    def _average_weights(self):
        """Updates the averaged generator, if there is one."""
        if self.average_generator is not None:
            self._move_average(self.average_generator, self.generator)

    def _move_average(self, average_network, network):
        """Moves the weights of an averaged network towards those of a network."""
        step = tf.cast(self.generator_optimizer.iterations, tf.float32)
        # A lower momentum in the first steps, to forget the initial weights.
        momentum = tf.minimum(self.ema_momentum, (1.0 + step) / (10.0 + step))
        for average, value in zip(
            average_network.weights, network.weights, strict=True
        ):
            average.assign(value + tf.cast(momentum, value.dtype) * (average - value))

    def test_step(self, data):
        real, condition = self._unpack(data)
        size = tf.shape(real)[0]
        real, condition = replicas.filled((real, condition))
        key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        generated, real_logits, generated_logits = self.judge_held_out(
            real, key, condition
        )
        loss = self.adversarial_loss.discriminator(real_logits, generated_logits)
        share = replicas.share(size)
        self._track_discriminator(loss, real_logits, generated_logits, share)
        generator_loss = self.adversarial_loss.generator(generated_logits)
        replicas.track(self.generator_loss_tracker, generator_loss, share)
        self._compare(*replicas.unfilled((real, generated, condition), size))
        return self._evaluated()

    def judge_held_out(self, real, key, condition=None):
        """Scores real samples and as many generated ones, inside a graph.

        Args:
            real: Tensor of real samples `(batch, ...)`.
            key: Int32 tensor `(2,)`.
            condition: The condition of each sample, if the model is conditional.

        Returns:
            A tuple: generated samples `(batch, ...)`, as `generate` returns them; the
            discriminator's logits of the real ones and of the generated ones, float32
            `(num_packs,)`.
        """
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 3))
        generated = self.sample(tf.shape(real)[0], keys[0], condition)
        seen = self._as_seen(real, keys[1]), self._as_seen(generated, keys[2])
        real_logits, generated_logits = (
            self._judge(samples, condition, training=False) for samples in seen
        )
        return generated, real_logits, generated_logits

    def _judge(self, samples, condition=None, training=False):
        """Returns the logits of packs of samples, float32 `(num_packs,)`."""
        return self._judge_packed(pack(samples, self.packing), condition, training)

    def _judge_packed(self, packed, condition=None, training=False):
        inputs = self._discriminator_inputs(packed, condition)
        return flatten_logits(self.discriminator(inputs, training=training))

    def judge_each(self, samples, condition=None, training=None):
        """Returns the logit of each sample; samples of a pack share its logit."""
        samples = data_checks.check_shape(samples, self.sample_shape)
        if condition is not None:
            condition = tf.nest.map_structure(tf.convert_to_tensor, condition)
        logits = self._judge(samples, condition, training=bool(training))
        return tf.tile(logits, [self.packing])[: tf.shape(samples)[0]]

    def _as_seen(self, samples, key):
        """Returns generated or real samples as the discriminator gets them."""
        return samples

    def _noise_variance(self):
        """Returns the variance of the exploration noise of generated samples."""
        return 0.0

    def _generated_parts(self, condition):
        """Returns a bool tensor of the elements that are generated; `None` for all."""
        return None

    def _discriminator_inputs(self, samples, condition):
        return samples

    def _example_condition(self, batch_size):
        return self.conditions.example(batch_size) if self.has_condition else None

    def exported_parts(self):
        return [*super().exported_parts(), self.discriminator]

    def export_endpoints(self):
        """Returns those of the generator, and `discriminate(samples[, condition])`."""
        return {**super().export_endpoints(), "discriminate": self._judge_endpoint()}

    def _judge_endpoint(self):
        signature = [self.sample_spec]
        if self.has_condition:
            signature.append(self.conditions.spec)

        def discriminate(samples, condition=None):
            return self.judge_each(samples, condition)

        return discriminate, signature

    def get_config(self):
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latent_dim": self.latent_dim,
            "discriminator_steps": self.discriminator_steps,
            "ema_momentum": self.ema_momentum,
            "packing": self.packing,
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
