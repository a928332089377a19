import math

import keras
import tensorflow as tf

from keras_rlgen import baselines, distributions, rewards
from keras_rlgen.arguments import check_flag, is_integer, is_number
from keras_rlgen.identifiers import renamed
from keras_rlgen.losses.policy import policy_gradient_loss, scale_advantages
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.models.stochastic_generator import StochasticGenerator
from keras_rlgen.rl_models.reward_check import finite_terms
from keras_rlgen.rl_models.reward_trained import RewardTrained

# Of images in [-1, 1], at the beginning and at the end of `fit`.
NOISE_SCALES = 0.3, 0.03
# The fewest and the most samples of a latent, and the elements of a sample for each.
FEWEST, MOST, ELEMENTS = 8, 32, 24


@keras.saving.register_keras_serializable("keras_rlgen")
class ReinforceGAN(RewardTrained, GAN):
    """A GAN whose generator is a policy, trained by the reward of its samples.

    In each step the discriminator learns to distinguish generated from real samples by
    cross-entropy (or the compiled `loss`). Then the generator samples `x ~ pi(x | z)`
    and follows the policy gradient of their reward,
    `E[(r(x) - baseline) * grad log pi(x | z)]`. The reward need not be differentiable,
    and no gradient passes through the discriminator unless `adversarial_weight` is
    positive.

    Args:
        generator: As in `GAN`; a plain network gets the output distribution
            `distribution`.
        discriminator: As in `GAN`.
        latent_dim: As in `GAN`.
        distribution: Name or `OutputDistribution` for a plain network: `"normal"`, the
            default, is `Normal((0.3, 0.03))`, noise whose scale falls from 0.3 to 0.03
            over the updates of `fit`: for samples in [-1, 1]. Wide noise shows where to
            go while samples are far from the data, narrow noise shows detail.
            `"bernoulli"`, `"categorical"`, or an instance such as `Normal(scale=0.05)`.
            Not with a `StochasticGenerator`, which has its own.
        samples_per_latent: Integer, the number of samples per latent. With several, the
            leave-one-out baseline compares samples of one latent, and the variance of
            the gradient falls in proportion. It rises with the number of elements of a
            sample: the default is a 24th of them, at least 8 and at most 32, which is 8
            for images of 8 x 8 and 32 for 28 x 28.
        **kwargs: `discriminator_steps`, `ema_momentum`, `packing`, `seed`, `name`,
            as in `GAN`.

    Raises:
        ValueError: As `GAN`; if `distribution` is given twice.

    Example:

    ```python
    gan = ReinforceGAN(generator, discriminator, latent_dim=64)
    gan.compile(reward=rewards.Discriminator("logit") + 0.1 * rewards.Sharpness())
    gan.fit(images, epochs=60)
    ```

    Logged in training: `reward` and each of its terms (`reward_<term>`, unweighted);
    `advantage_std`, the standard deviation of the advantages before normalisation;
    `entropy` of the policy in nats; `generator_loss`; `discriminator_loss`; the
    fraction of real and of generated samples that the discriminator classifies
    correctly (`discriminator_accuracy_real`, `discriminator_accuracy_generated`),
    unless its loss has no decision boundary, as `"wasserstein"`.

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696) for the gradient;
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661) for the adversarial
        game.
    """

    # The policy gradient is noisier than the pathwise one, and lags behind with less.
    adam_settings = {
        **GAN.adam_settings,
        "generator": {"learning_rate": 2e-3, "beta_1": 0.5},
    }

    def __init__(
        self,
        generator,
        discriminator,
        latent_dim,
        distribution=None,
        samples_per_latent=None,
        **kwargs,
    ):
        if not isinstance(generator, StochasticGenerator):
            if distribution is None or distribution == "normal":
                distribution = distributions.Normal(NOISE_SCALES)
            generator = StochasticGenerator(
                generator,
                distributions.get(distribution),
                seed=kwargs.get("seed"),
            )
        elif distribution is not None:
            raise ValueError(
                "The generator has an output distribution of its own, "
                f"{type(generator.distribution).__name__}. Leave out `distribution`."
            )
        is_positive = is_integer(samples_per_latent) and samples_per_latent > 0
        if samples_per_latent is not None and not is_positive:
            raise ValueError(
                "Expected `samples_per_latent` to be a positive integer. "
                f"Received: {samples_per_latent!r}"
            )
        super().__init__(generator, discriminator, latent_dim, **kwargs)
        if samples_per_latent is None:
            in_proportion = math.prod(self.sample_shape) // ELEMENTS
            samples_per_latent = min(max(in_proportion, FEWEST), MOST)
        self.samples_per_latent = samples_per_latent
        self.reward_tracker = keras.metrics.Mean(name="reward")
        self.advantage_tracker = keras.metrics.Mean(name="advantage_std")
        self.entropy_tracker = keras.metrics.Mean(name="entropy")
        self.term_trackers = {}
        self.baseline = None

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        reward=None,
        baseline="rloo",
        scale_advantages=True,
        entropy_weight=0.0,
        adversarial_weight=0.0,
        loss=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: Keras optimizer or its name, by default `"adam"`, which
                is Adam with a learning rate of 2e-3 and `beta_1=0.5`.
            discriminator_optimizer: As in `GAN.compile`.
            reward: Name, `Reward`, arithmetic of rewards, or plain function of
                samples. By default `rewards.Discriminator("logit")`, which still rises
                where the discriminator is sure. `"discriminator"` is
                `rewards.Discriminator("log_score")`.
            baseline: `"none"`, `"moving_average"`, `"rloo"`, `"critic"` or a
                `Baseline`.
            scale_advantages: Whether advantages are divided by their root mean
                square over the batch.
            entropy_weight: Float, weight of the policy's entropy (nats) in the
                generator's objective.
            adversarial_weight: Float in [0, 1]: the weight of the usual pathwise
                gradient of `loss` through the discriminator. 0 is the policy gradient
                alone; 1 is the plain GAN on the policy's samples, and the reward is
                only logged.
            loss: Adversarial loss, as in `GAN.compile`.
            **kwargs: `optimizer`, `metrics`, `run_eagerly`, `steps_per_execution` and
                `jit_compile`, as in `GAN.compile`.

        Raises:
            ValueError: If the reward is not of shape `(batch,)` or not finite on
                samples of the generator; if its `Discriminator` is of a kind that is
                undefined for the `loss`; if a weight is out of range; if a pathwise
                gradient is requested but samples carry none, or an entropy bonus but
                the entropy is fixed.
        """
        if not (is_number(adversarial_weight) and 0.0 <= adversarial_weight <= 1.0):
            raise ValueError(
                "Expected `adversarial_weight` in [0, 1]. "
                f"Received: {adversarial_weight}"
            )
        if adversarial_weight and not self.generator.distribution.reparameterized:
            raise ValueError(
                f"Samples of `{type(self.generator.distribution).__name__}` carry no "
                f"pathwise gradient. Received: adversarial_weight={adversarial_weight};"
                " use 0, or a `Normal` output."
            )
        if entropy_weight and not self.generator.distribution.has_learned_entropy:
            raise ValueError(
                "The entropy of a `Normal` of fixed or scheduled scale cannot be "
                f"trained. Received: entropy_weight={entropy_weight}; use 0, or "
                "`Normal(scale, learned=True)`."
            )
        check_flag("scale_advantages", scale_advantages)
        loss = self.adversarial_loss_of(loss)
        if reward is None:
            reward = rewards.Discriminator("logit")
        reward = rewards.get(reward)
        self.bind_reward(reward, loss)
        terms = self._check_reward(reward)
        baseline = baselines.get(baseline)
        baseline.prepare(tf.zeros((2, self.latent_dim)))
        super().compile(
            generator_optimizer,
            discriminator_optimizer,
            loss=loss,
            parts={"reward": reward, "baseline": baseline},
            **kwargs,
        )
        self.scale_advantages = scale_advantages
        self.entropy_weight = float(entropy_weight)
        self.adversarial_weight = float(adversarial_weight)
        self.set_terms(terms)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config.update(
                {
                    "reward": keras.saving.serialize_keras_object(self.reward),
                    "baseline": keras.saving.serialize_keras_object(self.baseline),
                    "scale_advantages": self.scale_advantages,
                    "entropy_weight": self.entropy_weight,
                    "adversarial_weight": self.adversarial_weight,
                }
            )
        return config

    def compile_from_config(self, config):
        config = renamed(config, normalize_advantages="scale_advantages")
        super().compile_from_config(config)

    def training_callbacks(self, options):
        num_epochs = options.get("epochs", 1) - options.get("initial_epoch", 0)
        return [PlanUpdates(num_epochs), *super().training_callbacks(options)]

    def _check_reward(self, reward):
        """Validates the reward on a few samples; returns its terms."""
        latents = tf.random.stateless_normal((8, self.latent_dim), [0, 0])
        samples = self.generator.policy(latents, training=False).sample(seed=[0, 1])
        return finite_terms(reward, samples)

    @property
    def training_trackers(self):
        return [
            *self.evaluation_trackers,
            self.generator_loss_tracker,
            self.advantage_tracker,
            self.entropy_tracker,
        ]

    @property
    def evaluation_trackers(self):
        return [
            self.reward_tracker,
            *self.term_trackers.values(),
            self.discriminator_loss_tracker,
            *self.accuracy_trackers,
        ]

    def _train_generator(self, real, condition):
        count = self.samples_per_latent
        # The baseline needs at least two samples, also in a last batch of one.
        latents = self._latents(tf.maximum(tf.shape(real)[0], 2))
        with tf.GradientTape() as tape:
            policy = self.generator.policy(latents, training=True)
            # (count, batch, ...); rewards are computed in order of latents.
            paths = policy.sample(count, seed=self._next_key())
            samples = tf.stop_gradient(paths)
            log_probs = policy.log_prob(samples)
            log_probs = tf.reshape(tf.transpose(log_probs), [-1])
            with tape.stop_recording():
                reward, terms = self.reward.terms(by_latent(samples), training=True)
                grouped = tf.reshape(reward, [-1, count] if count > 1 else [1, -1])
                baseline = self.baseline.values(grouped, latents)
                raw_advantages = tf.reshape(grouped - baseline, [-1])
                advantages = raw_advantages
                if self.scale_advantages:
                    advantages = scale_advantages(advantages)
            entropy = tf.reduce_mean(policy.entropy())
            loss = 0.0
            if self.entropy_weight:
                loss -= self.entropy_weight * entropy
            if self.adversarial_weight < 1.0:
                share = 1.0 - self.adversarial_weight
                loss += share * policy_gradient_loss(log_probs, advantages)
            if self.adversarial_weight > 0.0:
                logits = self._judge(by_latent(paths), condition, training=True)
                pathwise = self.adversarial_loss.generator(logits)
                loss += self.adversarial_weight * pathwise
            scaled = self.generator_optimizer.scale_loss(loss)

        def after():
            self._average_weights()
            self.baseline.update(grouped, latents)
            self.generator.distribution.advance()

        watched = {f"reward_{name}": value for name, value in terms.items()}
        watched["generator_loss"] = loss
        self._update_player("generator", tape, scaled, watched, after)
        self.track_reward(reward, terms)
        self.advantage_tracker.update_state(tf.math.reduce_std(raw_advantages))
        self.entropy_tracker.update_state(entropy)
        self.generator_loss_tracker.update_state(loss)

    def _generated_for_discriminator(self, batch_size, condition):
        policy = self.generator.policy(self._latents(batch_size), training=True)
        return policy.sample(seed=self._next_key())

    def _as_seen(self, samples, key):
        return self.generator.distribution.perturb(samples, key)

    def _noise_variance(self):
        distribution = self.generator.distribution
        return distribution.current_scale() ** 2 if distribution.exploration else 0.0

    @property
    def reward_discriminator(self):
        """The discriminator, as a callable for rewards."""
        return self.judge_each

    def _compare(self, real, generated, condition=None):
        super()._compare(real, generated, condition)
        self.track_reward(*self.reward.terms(generated, condition, training=False))

    def get_config(self):
        config = super().get_config()
        return {**config, "samples_per_latent": self.samples_per_latent}


class PlanUpdates(keras.callbacks.Callback):
    """Tells the output distribution how many updates the generator will have.

    Args:
        num_epochs: Integer.
    """

    def __init__(self, num_epochs):
        super().__init__()
        self.num_epochs = num_epochs

    def on_train_begin(self, logs=None):
        num_steps = self.params.get("steps")
        if num_steps is not None:
            num_updates = self.num_epochs * num_steps // self.model.discriminator_steps
            self.model.generator.distribution.plan(num_updates)


def by_latent(samples):
    """Reshapes `(count, batch, ...)` to `(batch * count, ...)`, latents in order."""
    rank = samples.shape.rank
    swapped = tf.transpose(samples, [1, 0, *range(2, rank)])
    return tf.reshape(swapped, [-1, *samples.shape[2:]])
