import keras
import tensorflow as tf

from keras_rlgen import losses, rewards
from keras_rlgen.arguments import check_flag, is_integer, is_number
from keras_rlgen.credit import GeneratedSequences
from keras_rlgen.credit import get as get_credit
from keras_rlgen.export import export_generator
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.masked_reductions import (
    masked_mean,
    masked_sum,
    num_elements,
)
from keras_rlgen.losses.policy import policy_gradient_loss
from keras_rlgen.models.sample_model import SampleModel
from keras_rlgen.models.sequence.rollout_values import rollout_values
from keras_rlgen.models.sequence.sequence_generator import SequenceGenerator
from keras_rlgen.rl_models.judged_sequences import JudgedSequences
from keras_rlgen.rl_models.reward_check import finite_terms
from keras_rlgen.rl_models.reward_trained import RewardTrained
from keras_rlgen.training import replicas
from keras_rlgen.training.adversarial_trainer import AdversarialTrainer
from keras_rlgen.training.conditional_update import run_if
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.keras_internals import copying_in_process


@keras.saving.register_keras_serializable("keras_rlgen")
class SequenceGAN(RewardTrained, AdversarialTrainer, SampleModel):
    """Trains a generator of sequences by a discriminator, with credit for each token.

    The generator is the policy: tokens are its actions, and the reward of a sequence is
    what the discriminator says about it, any other reward, or a mixture. `credit`
    divides it among the tokens. In each step the discriminator learns to distinguish
    generated from real sequences by cross-entropy; every `discriminator_steps` steps
    the generator follows the policy gradient
    `sum_t advantage_t * grad log pi(x_t | x_1, ..., x_(t-1))`, to which the gradient of
    the likelihood of real sequences may be added.

    Train the generator by likelihood first: a policy that samples noise gets hardly any
    signal.

    Args:
        generator: `SequenceGenerator` without conditions. It is trained in place.
        discriminator: Keras model from tokens `(batch, length[, voices])` to logits,
            real is high: `(batch,)` or `(batch, 1)`; or, with a logit for each step
            given the steps before, `(batch, length)`. See
            `models.convolutional_discriminator` and `models.recurrent_discriminator`.
        credit: `credit.Rollout` (the default), `credit.Critic` or `credit.PerStep`, or
            their names, `"rollout"`, `"critic"` and `"per_step"`.
        discriminator_steps: Integer >= 1, updates of the discriminator for each of the
            generator.
        warmup_steps: Integer >= 0, updates of the discriminator before the first of the
            generator.
        seed: Integer or `None`, the seed of sampling.
        name: String.

    Raises:
        TypeError: If `generator` is not a `SequenceGenerator`, or `credit` no credit.
        ValueError: If the generator continues prompts, the discriminator's output has
            another shape, or an argument is out of its range.

    Example:

    ```python
    generator.fit(tokens, epochs=10)  # by likelihood
    discriminator = models.convolutional_discriminator(vocabulary_size, length)
    gan = SequenceGAN(generator, discriminator, credit=credit.Rollout(16))
    gan.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-3))
    gan.fit(tokens, validation_data=held_out, epochs=20)
    gan.generate(16)
    ```

    Logged in training: `reward` and each of its terms (`reward_<term>`), of whole
    sequences; `advantage_std`, before scaling; `entropy`, the mean of `-log pi` of a
    step, in nats; `generator_loss`; `discriminator_loss`; the fractions of real and of
    generated sequences (steps, if it has a logit for each) that the discriminator
    classifies correctly. In `evaluate` they are those of held-out sequences: a
    discriminator that is right on its training data and not on these has memorised. In
    addition `nll`, the generator's negative log-likelihood of held-out sequences, in
    nats per step; and with a `reference` of `compile` `reference_nll`, the reference's
    of generated sequences, and `two_sided_nll`, the sum of both. Neither a generator
    that repeats one good sequence nor one that generates noise has a small sum: stop by
    `EarlyStopping("val_two_sided_nll", mode="min", restore_best_weights=True)`.

    Reference:
        [Yu et al., 2017](https://arxiv.org/abs/1609.05473), algorithm 1. Deviations: a
        baseline; new samples for each update of the discriminator.
    """

    def __init__(
        self,
        generator,
        discriminator,
        credit=None,
        discriminator_steps=1,
        warmup_steps=0,
        seed=None,
        name=None,
        **kwargs,
    ):
        if not isinstance(generator, SequenceGenerator):
            raise TypeError(
                "Expected `generator` to be a `SequenceGenerator`. Received: "
                f"{generator!r} of type {type(generator).__name__}"
            )
        if generator.has_condition:
            raise ValueError(
                "Expected a generator without prompts. Received one with "
                f"conditions={generator.conditions!r}. Tune it by a `RewardTuner`."
            )
        credit = get_credit(credit)
        counts = {
            "discriminator_steps": (discriminator_steps, 1),
            "warmup_steps": (warmup_steps, 0),
        }
        for key, (value, least) in counts.items():
            if not is_integer(value) or value < least:
                raise ValueError(
                    f"Expected `{key}` to be an integer >= {least}. Received: {value!r}"
                )
        super().__init__(seed=seed, name=name, **kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.credit = credit
        self.discriminator_steps = discriminator_steps
        self.warmup_steps = warmup_steps
        self.sample_shape = generator.sample_shape
        self.judge = JudgedSequences(generator, discriminator)
        if credit.needs_step_logits and not self.judge.has_step_logits:
            raise ValueError(
                f"`{type(credit).__name__}` needs a discriminator with a logit for "
                f"each step, of shape (batch, {generator.length}). Received: "
                f"(batch, 1). Use `models.recurrent_discriminator(..., per_step=True)`."
            )
        self.rollout_generator = None
        if credit.lag:
            with copying_in_process():
                copied = type(generator).from_config(generator.get_config())
            copied.backbone.set_weights(generator.backbone.get_weights())
            copied.trainable = False
            self.rollout_generator = copied
        names = (
            *("reward", "advantage_std", "entropy", "generator_loss"),
            *("discriminator_loss", "discriminator_accuracy_real"),
            *("discriminator_accuracy_generated", "nll"),
            *("reference_nll", "two_sided_nll"),
        )
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.term_trackers = {}
        self.adversarial_loss = None
        self.reference = None
        self.built = True

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        reward=None,
        loss="non_saturating",
        likelihood_weight=0.0,
        scale_advantages=True,
        reference=None,
        metrics=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: Keras optimizer or its name, by default `"adam"`.
            discriminator_optimizer: Keras optimizer or its name; another instance. By
                default a copy of the generator's.
            reward: Name, `Reward`, arithmetic of rewards, or plain function of
                sequences. Defaults to `rewards.Discriminator("score")`, the probability
                that a sequence is real; with `credit.PerStep`, which rewards each token
                by the discriminator, to nothing in addition.
            loss: Adversarial loss of the discriminator, as in `GAN.compile`, without
                a penalty.
            likelihood_weight: Float >= 0, weight of the negative log-likelihood of real
                sequences, in nats per step, in the generator's loss.
            scale_advantages: Whether advantages are divided by their root mean square
                over the batch.
            reference: `SequenceGenerator` of the same sequences, a trained language
                model or an oracle, that judges generated sequences in `evaluate`; or
                `None`. It is not saved.
            metrics: List of `keras_rlgen.metrics` or their names, for `evaluate`.
            **kwargs: `optimizer`, one in place of both, of which each network has a
                copy; `run_eagerly`, `steps_per_execution` and `jit_compile`, as in
                `keras.Model.compile`.

        Raises:
            ValueError: If a reward is not of shape `(batch,)` or not finite on
                sequences of the generator; if its `Discriminator` is of a kind that is
                undefined for the `loss`; if a weight is below zero; if the reference is
                of other sequences.
        """
        if not (is_number(likelihood_weight) and likelihood_weight >= 0.0):
            raise ValueError(
                "Expected `likelihood_weight` of zero or above. "
                f"Received: {likelihood_weight!r}"
            )
        check_flag("scale_advantages", scale_advantages)
        loss = losses.get(loss)
        if loss.penalty is not None:
            raise ValueError(
                "Tokens have no gradient, so `SequenceGAN` takes no gradient penalty. "
                f"Received: {type(loss).__name__} with {type(loss.penalty).__name__}."
            )
        if reference is not None and not isinstance(reference, SequenceGenerator):
            raise TypeError(
                "Expected `reference` to be a `SequenceGenerator`. Received: "
                f"{reference!r}"
            )
        if reference is not None and (
            reference.sample_shape != self.sample_shape
            or reference.vocabulary_size != self.generator.vocabulary_size
        ):
            raise ValueError(
                f"Expected a reference of sequences of shape {self.sample_shape} and "
                f"{self.generator.vocabulary_size} tokens. Received: "
                f"{reference.sample_shape}, {reference.vocabulary_size}"
            )
        if reward is None:
            if self.credit.needs_step_logits:
                reward = rewards.Constant(0.0)
            else:
                reward = rewards.Discriminator("score")
        reward = rewards.get(reward)
        self.bind_reward(reward, loss)
        reward.check_generator(self.generator)
        samples = tf.constant(self.generator.generate(4, seed=0))
        terms = finite_terms(reward, samples)
        sequences = self._sequences(samples, tf.zeros((4,)), tf.constant([0, 0]))
        self.credit.prepare(sequences, self.generator.vocabulary_size + 1)
        optimizers = {
            "generator": generator_optimizer,
            "discriminator": discriminator_optimizer,
        }
        super().compile(optimizers, metrics=metrics, parts={"reward": reward}, **kwargs)
        self.adversarial_loss = loss
        self.likelihood_weight = float(likelihood_weight)
        self.scale_advantages = scale_advantages
        # Not a layer of the model: its weights are not saved with it.
        object.__setattr__(self, "reference", reference)
        self.set_terms(terms)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config.update(
                {
                    "reward": serialize(self.reward),
                    "loss": serialize(self.adversarial_loss),
                    "likelihood_weight": self.likelihood_weight,
                    "scale_advantages": self.scale_advantages,
                }
            )
        return config

    @property
    def sample_dtype(self):
        """The dtype of sequences, `"int32"`."""
        return self.generator.sample_dtype

    @property
    def value_range(self):
        """`(0, vocabulary_size - 1)`."""
        return self.generator.value_range

    @property
    def reward_discriminator(self):
        """The discriminator, as a callable for rewards."""
        return self.judge_each

    @property
    def reward_tracker(self):
        """The metric of the reward."""
        return self.trackers["reward"]

    @property
    def training_trackers(self):
        """The metrics of a training step, in the order of the logs."""
        first, *others = list(self.trackers.values())[:-3]
        others = [first, *self.term_trackers.values(), *others]
        if self.adversarial_loss is not None and self.adversarial_loss.boundary is None:
            others = others[:-2]
        return others

    @property
    def evaluation_trackers(self):
        unused = self.trackers["advantage_std"], self.trackers["generator_loss"]
        of_nll = list(self.trackers.values())[
            -3 : -2 if self.reference is None else None
        ]
        training = [t for t in self.training_trackers if t not in unused]
        return [*training, *of_nll]

    def judge_each(self, samples, condition=None, training=None):
        """Returns the discriminator's logit of each sequence, float32 `(batch,)`."""
        return self.judge.of_sequences(samples, training=False)

    def train_step(self, data):
        real, _ = self._unpack(data)
        real = self.judge.without_padding(real)
        updates = self.discriminator_optimizer.iterations
        with self.health.keeping(self.discriminator.non_trainable_weights):
            before = tf.identity(updates.value)
            self._train_discriminator(real)
            count = tf.cast(updates.value, tf.int32) - self.warmup_steps
            # A step skipped by loss scaling does not advance `iterations`.
            due = (count > 0) & (count % self.discriminator_steps == 0)
            run_if((updates.value > before) & due, lambda: self._train_generator(real))
        return self._finished(self.training_trackers)

    def _train_discriminator(self, real):
        generated = self.generator.sample(tf.shape(real)[0], self._next_key())
        generated = tf.stop_gradient(generated)
        with tf.GradientTape() as tape:
            logits = [self.judge.flat(x, training=True) for x in (real, generated)]
            loss = self.adversarial_loss.discriminator(*logits)
            scaled = self.discriminator_optimizer.scale_loss(loss)
        self._update_player("discriminator", tape, scaled, {"discriminator_loss": loss})
        self._track_discriminator(loss, *logits)

    def _track_discriminator(self, loss, real_logits, generated_logits, weight=None):
        replicas.track(self.trackers["discriminator_loss"], loss, weight)
        boundary = self.adversarial_loss.boundary
        if boundary is not None:
            right = {"real": real_logits > boundary}
            right["generated"] = generated_logits <= boundary
            for name, values in right.items():
                tracker = self.trackers[f"discriminator_accuracy_{name}"]
                tracker.update_state(values, replicas.counted(values, weight))

    def _sequences(self, samples, reward, key):
        """Returns generated sequences with what credit is assigned by."""
        policy = self.rollout_generator or self.generator

        def rollouts(num_rollouts):
            return rollout_values(
                policy.backbone,
                policy.context(tf.shape(samples)[0]),
                samples,
                reward,
                lambda many: self.reward.terms(many, training=False)[0],
                num_rollouts,
                key,
                self.generator.end_token,
            )

        context = self.generator.context(tf.shape(samples)[0])
        return GeneratedSequences(
            tokens=samples,
            valid=self.generator.valid_steps(samples),
            rewards=reward,
            step_logits=self.judge.of_steps(samples, training=False),
            rollout_values=rollouts,
            previous_tokens=tf.concat([context, samples[:, :-1]], axis=1),
        )

    def _train_generator(self, real):
        keys = tf.unstack(tf.random.experimental.stateless_split(self._next_key(), 2))
        draw = self.generator.draw(tf.shape(real)[0], keys[0], training=False)
        reward, terms = self.reward.terms(draw.samples, training=True)
        sequences = self._sequences(draw.samples, reward, keys[1])
        advantages = self.credit.advantages(sequences)
        mean_square = replicas.mean(
            masked_mean(tf.square(advantages), sequences.valid),
            num_elements(advantages, sequences.valid),
        )
        if self.scale_advantages:
            advantages /= tf.sqrt(mean_square) + 1e-6
        with tf.GradientTape() as tape:
            log_probs = self.generator.draw_log_prob(draw, training=False)
            loss = policy_gradient_loss(log_probs, advantages, sequences.valid)
            if self.likelihood_weight:
                likelihood = self.generator.loss_terms(real, None, None, training=True)
                loss += self.likelihood_weight * likelihood["loss"]
            scaled = self.generator_optimizer.scale_loss(loss)

        def after():
            self.credit.learn(sequences)
            self._move_rollout_policy()

        watched = {f"reward_{name}": value for name, value in terms.items()}
        watched = {**watched, "advantages": advantages, "generator_loss": loss}
        self._update_player("generator", tape, scaled, watched, after)
        self.track_reward(reward, terms)
        self.trackers["generator_loss"].update_state(loss)
        self.trackers["advantage_std"].update_state(tf.sqrt(mean_square))
        self.trackers["entropy"].update_state(-masked_mean(log_probs, sequences.valid))

    def _move_rollout_policy(self):
        """Moves the weights of the rollout policy towards the generator's."""
        if self.rollout_generator is None:
            return
        pairs = zip(
            self.rollout_generator.backbone.weights,
            self.generator.backbone.weights,
            strict=True,
        )
        for old, new in pairs:
            old.assign(new + self.credit.lag * (old - new))

    def test_step(self, data):
        real, _ = self._unpack(data)
        real = self.judge.without_padding(real)
        size = tf.shape(real)[0]
        real = replicas.filled(real)
        key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        draw = self.generator.draw(tf.shape(real)[0], key, training=False)
        generated = draw.samples
        logits = [self.judge.flat(x, training=False) for x in (real, generated)]
        share = replicas.share(size)
        loss = self.adversarial_loss.discriminator(*logits)
        self._track_discriminator(loss, *logits, share)
        judged = self.reward.terms(generated, training=False)
        self.track_reward(*replicas.unfilled(judged, size))
        log_probs = self.generator.draw_log_prob(draw, training=False)
        valid = self.generator.valid_steps(generated)
        replicas.track(self.trackers["entropy"], -masked_mean(log_probs, valid), share)
        held_out = self.generator.loss_terms(real, None, None, training=False)["loss"]
        replicas.track(self.trackers["nll"], held_out, share)
        if self.reference is not None:
            judged = self.reference.log_density(generated, None, None)
            steps = masked_sum(tf.ones_like(log_probs), valid)
            nll = -tf.reduce_sum(judged) / tf.reduce_sum(steps)
            replicas.track(self.trackers["reference_nll"], nll, share)
            replicas.track(self.trackers["two_sided_nll"], held_out + nll, share)
        self._compare(*replicas.unfilled((real, generated), size))
        return self._evaluated()

    def call(self, inputs, training=None):
        """Returns the discriminator's logits of tokens."""
        return self.discriminator(inputs, training=training)

    def generate(self, num_samples, **kwargs):
        """Generates sequences. See `SequenceGenerator.generate`."""
        return self.generator.generate(num_samples, **kwargs)

    def export_endpoints(self):
        """Returns those of the generator, and `discriminate(samples)`."""
        discriminate = lambda samples: self.judge_each(samples)  # noqa: E731
        signature = [self.generator.sample_spec]
        return {
            **self.generator.export_endpoints(),
            "discriminate": (discriminate, signature),
        }

    def exported_parts(self):
        """Returns the networks whose weights a SavedModel holds."""
        return [*self.generator.exported_parts(), self.discriminator]

    def export(self, filepath, **kwargs):
        """Writes a SavedModel. See `keras_rlgen.export.export_generator`."""
        export_generator(self, filepath, **kwargs)

    def get_config(self):
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "credit": serialize(self.credit),
            "discriminator_steps": self.discriminator_steps,
            "warmup_steps": self.warmup_steps,
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator", "credit", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
