import keras
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.arguments import is_number
from keras_rlgen.losses.masked_reductions import (
    masked_deviation,
    masked_mean,
    masked_sum,
)
from keras_rlgen.rl_models import algorithms
from keras_rlgen.rl_models.algorithms import fixed_kl, relative_kl
from keras_rlgen.rl_models.algorithms.draw_groups import DrawGroups
from keras_rlgen.rl_models.algorithms.minibatch import minibatch
from keras_rlgen.rl_models.algorithms.penalised_returns import (
    check_credit,
    penalised_returns,
)
from keras_rlgen.rl_models.generator_with_reference import GeneratorWithReference
from keras_rlgen.rl_models.reward_check import finite_terms
from keras_rlgen.training import replicas
from keras_rlgen.training.conditional_update import repeat
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class RewardTuner(GeneratorWithReference):
    """Tunes a trained generator by the reward of its samples.

    It maximises `E[reward(x)] - kl_weight * KL(pi || pi_0)` over samples of the
    generator `pi`, where `pi_0`, the reference, is the generator before tuning. The
    weighted `log pi - log pi_0` of a sample is subtracted from its reward, which gives
    an unbiased gradient of the KL divergence. If the model has latents, probabilities
    and divergence are those of latents and sample jointly, so the divergence is an
    upper bound of that of the samples.

    A generator that generates samples step by step, such as a `PixelCNN`, has a
    log-probability for each element. Each element is an action: its ratio is clipped
    separately, it has the advantage of its sample, and the loss is the mean over all
    valid elements of the batch. Reward, divergence and entropy are those of whole
    samples, sums over their elements. With `kl_credit="step"` each element is credited
    with the divergence and entropy of itself and of later elements alone.

    Networks run in inference mode: dropout is off, and statistics of batch
    normalisation do not change. Samples are generated at temperature 1.

    Args:
        generator: A trained `GenerativeModel` that is a stochastic policy: `VAE`,
            `PixelCNN`, `RealNVP`, `SequenceGenerator`, or a GAN with a
            `StochasticGenerator`. It is tuned in place.
        seed: Integer or `None`, the seed of sampling.
        name: String.

    Attributes:
        generator: The generator that is tuned.
        reference: A frozen copy of the generator before tuning.

    Raises:
        TypeError: If `generator` is not a `GenerativeModel`.
        ValueError: If it is deterministic, or has no trainable variables to tune.

    Example:

    ```python
    tuner = RewardTuner(pixel_cnn, seed=0)
    tuner.compile(
        keras.optimizers.Adam(1e-4),
        reward=rewards.ClassifierConfidence(classifier, label=3),
        algorithm="ppo",
        kl_weight=AdaptiveKL(target=10.0),
        held_out_reward=rewards.ClassifierConfidence(another_classifier, label=3),
    )
    stop = keras.callbacks.EarlyStopping(
        "held_out_reward", mode="max", patience=3, restore_best_weights=True
    )
    tuner.fit(epochs=50, steps_per_epoch=20, callbacks=[stop])
    tuner.generate(16), tuner.evaluate(held_out)
    ```

    Logged in training, means over samples: `reward` and each of its terms
    (`reward_<term>`, unweighted); `held_out_reward`, if there is one;
    `reference_kl`, the mean of `log pi - log pi_0` in nats; `kl_weight`; `entropy`,
    the mean of `-log pi` in nats; `advantage_std`; `policy_loss`; and logs of the
    algorithm, such as `clip_fraction`. With `kl_credit="step"` also `step_kl`, the mean
    of `log pi - log pi_0` over all elements; with a `group_size`,
    `groups_without_signal`, the fraction of groups whose rewards are all equal. The
    divergence is logged as the plain mean, because estimates of lower variance
    ([Schulman, 2020](http://joschu.net/blog/kl-approx.html)) exponentiate a log-ratio,
    which overflows for samples of many elements.

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796) and
        [Ziegler et al., 2019](https://arxiv.org/abs/1909.08593), equation 2, for the
        objective; [Ouyang et al., 2022](https://arxiv.org/abs/2203.02155).
    """

    def __init__(self, generator, seed=None, name=None, **kwargs):
        super().__init__(generator, seed=seed, name=name, **kwargs)
        names = (
            *("reward", "held_out_reward", "reference_kl", "kl_weight"),
            *("step_kl", "entropy", "advantage_std", "groups_without_signal"),
            "policy_loss",
        )
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.term_trackers = {}
        self.algorithm_trackers = {}
        self.kl_credit = "sample"
        self.group_size = None
        self.held_out_reward = None
        self.algorithm = None
        self.kl_penalty = None
        self.built = True

    def compile(
        self,
        optimizer="adam",
        reward=None,
        algorithm="rloo",
        kl_weight=None,
        kl_credit="sample",
        entropy_weight=0.0,
        held_out_reward=None,
        num_samples=64,
        group_size=None,
        metrics=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            reward: Name, `Reward`, arithmetic of rewards, or plain function of samples.
                Required.
            algorithm: `"reinforce"` (moving average as the baseline), `"rloo"`
                (leave-one-out), `"ppo"`, `"grpo"`, `"dapo"`, `"dr_grpo"`, `"gspo"`,
                `"dpo"`, or a `TuningAlgorithm` such as
                `ProximalPolicyOptimization(clip_ratio=0.1)`.
            kl_weight: Penalty per nat of KL divergence from the reference, a float, or
                `AdaptiveKL(target)`. Defaults to `RelativeKL(0.1)`; to 0 for `"dpo"`.
            kl_credit: `"sample"`: each element of a sample has the penalty of the whole
                sample. `"step"`: each has that of itself and of later elements, which
                has the same expected gradient; its variance is lower far from the
                optimum, and higher near it. For a log-probability of each element.
            entropy_weight: Float >= 0, the bonus per nat of entropy.
            held_out_reward: As `reward`, but only logged. If it falls while the reward
                rises, the reward is being exploited.
            num_samples: Positive integer, samples per step, of all replicas together.
            group_size: Positive integer, how many samples are compared with each other.
                Those of a conditional generator share a condition. Defaults to
                `num_samples`, each with its own condition.
            metrics: List of `keras_rlgen.metrics` or their names, for `evaluate`.
                Defaults to those that the generator is compiled with.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile`, as in
                `keras.Model.compile`.

        Raises:
            ValueError: If there is no reward, if a reward is not of shape `(batch,)`
                or not finite on samples of the generator, if a number is out of its
                range, or if the algorithm takes no advantages of steps.
        """
        if reward is None:
            raise ValueError(
                "Expected a `reward`: a `keras_rlgen.rewards.Reward`, its name, or a "
                "function of samples. Received: None"
            )
        if not (is_number(entropy_weight) and entropy_weight >= 0.0):
            raise ValueError(
                "Expected `entropy_weight` of zero or above. "
                f"Received: {entropy_weight!r}"
            )
        groups = DrawGroups(num_samples, group_size)
        groups = groups.shared(self.distribute_strategy.num_replicas_in_sync)
        algorithm = algorithms.get(algorithm)
        algorithm.validate(groups.num_samples, groups.num_compared)
        check_credit(kl_credit, algorithm)
        if kl_weight is None:
            relative = relative_kl.RelativeKL(0.1)
            kl_weight = 0.0 if algorithm.learns_preferences else relative
        if not isinstance(kl_weight, fixed_kl.FixedKL):
            kl_weight = fixed_kl.FixedKL(kl_weight)
        reward = rewards.get(reward)
        terms = self._check_reward(reward)
        if held_out_reward is not None:
            held_out_reward = rewards.get(held_out_reward)
            self._check_reward(held_out_reward)
        optimizer = self._built_optimizer(optimizer, self.generator.policy_variables)
        parts = {
            "reward": reward,
            "held_out_reward": held_out_reward,
            "algorithm": algorithm,
            "kl_penalty": kl_weight,
        }
        super().compile(optimizer, metrics=metrics, parts=parts, **kwargs)
        self.kl_credit = kl_credit
        self.entropy_weight = float(entropy_weight)
        self.num_samples = num_samples
        self.group_size = group_size
        self.groups = groups
        self.set_terms(terms)
        self.algorithm_trackers = {
            name: keras.metrics.Mean(name=name) for name in algorithm.log_names
        }

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config.update(
                {
                    "optimizer": serialize(self.optimizer),
                    "reward": serialize(self.reward),
                    "algorithm": serialize(self.algorithm),
                    "kl_weight": serialize(self.kl_penalty),
                    "kl_credit": self.kl_credit,
                    "entropy_weight": self.entropy_weight,
                    "held_out_reward": serialize(self.held_out_reward),
                    "num_samples": self.num_samples,
                    "group_size": self.group_size,
                }
            )
        return config

    @property
    def judges(self):
        return {**super().judges, "held_out_reward": self.held_out_reward}

    @property
    def rewards(self):
        return [r for r in (self.reward, self.held_out_reward) if r is not None]

    def _check_reward(self, reward):
        """Validates a reward on a few samples; returns its terms."""
        self.bind_reward(reward)
        reward.check_generator(self.generator)
        condition = self.conditions.example(4) if self.has_condition else None
        samples = tf.constant(self.generator.generate(4, condition, seed=0))
        return finite_terms(reward, samples, condition)

    @property
    def training_trackers(self):
        """The metrics of a training step, in the order of the logs."""
        trackers = dict(self.trackers)
        if self.held_out_reward is None:
            trackers.pop("held_out_reward")
        if self.kl_credit == "sample":
            trackers.pop("step_kl")
        if self.group_size is None:
            trackers.pop("groups_without_signal")
        first, *others = trackers.values()
        return [
            *(first, *self.term_trackers.values()),
            *(*others, *self.algorithm_trackers.values()),
        ]

    @property
    def evaluation_trackers(self):
        trackers = [self.trackers["reward"], *self.term_trackers.values()]
        if self.held_out_reward is not None:
            trackers.append(self.trackers["held_out_reward"])
        trackers.append(self.trackers["reference_kl"])
        if not self.generator.compiled:
            return trackers
        return [*self.generator.evaluation_trackers, *trackers]

    def evaluate(self, x=None, y=None, **kwargs):
        """Evaluates the generator on held-out samples.

        Args:
            x: Held-out real samples.
            y: The condition of each sample, if the generator is conditional.
            **kwargs: As in `keras.Model.evaluate`.

        Returns:
            The results of the generator's own `evaluate`, if it is compiled; and for
            equally many generated samples `reward`, its terms, `held_out_reward` and
            `reference_kl`. A list or, with `return_dict=True`, a dict.
        """
        return super().evaluate(x, y, **kwargs)

    def train_step(self, data):
        condition_key, draw_key, order_key = tf.unstack(
            tf.random.experimental.stateless_split(self._next_key(), 3)
        )
        condition = None
        if self.has_condition:
            condition = self.groups.conditions(self.conditions, data, condition_key)
        draw = self.generator.draw(
            self.groups.num_samples, draw_key, condition, training=False
        )
        reward, terms = self.reward.terms(draw.samples, condition, training=True)
        with tf.GradientTape() as tape:
            log_probs = self.generator.draw_log_prob(draw, training=False)
            with tape.stop_recording():
                log_ratios = self.log_ratio(draw, log_probs)
                costs = self.kl_penalty.value(reward) * log_ratios
                if self.entropy_weight:
                    costs += self.entropy_weight * log_probs
                returns = penalised_returns(reward, costs, draw.mask, self.kl_credit)
                advantages = self.groups.advantages(self.algorithm, returns, draw.mask)
                old_log_probs = log_probs
                if self.algorithm.learns_preferences:
                    old_log_probs = log_probs - log_ratios
            loss, logs = self._loss(log_probs, old_log_probs, advantages, draw.mask)
            scaled = self.optimizer.scale_loss(loss)
        watched = {f"reward_{name}": value for name, value in terms.items()}
        if self.algorithm.num_updates == 1:
            self._improve(tape, scaled, {**watched, "policy_loss": loss})
            self._track_update(loss, logs)
        else:
            self._update_by_minibatches(
                draw, old_log_probs, advantages, order_key, watched
            )
        sample_log_ratios = masked_sum(log_ratios, draw.mask)

        def learn():
            of_samples = penalised_returns(reward, costs, draw.mask)
            self.algorithm.learn(self.groups.grouped(of_samples))
            log_ratio = replicas.mean(tf.reduce_mean(sample_log_ratios))
            self.kl_penalty.update(log_ratio, reward)

        self.trackers["kl_weight"].update_state(self.kl_penalty.value(reward))
        self.health.guard({}, learn)
        self._track_rewards(draw.samples, condition, reward, terms)
        self._track_draw(
            reference_kl=sample_log_ratios,
            step_kl=masked_mean(log_ratios, draw.mask),
            entropy=-masked_sum(log_probs, draw.mask),
            advantage_std=masked_deviation(advantages, draw.mask),
            groups_without_signal=self.groups.without_signal(reward),
        )
        return self._finished(self.training_trackers)

    def _loss(self, log_probs, old_log_probs, advantages, mask):
        if self.algorithm.learns_preferences:
            advantages = self.groups.grouped(advantages)
        return self.algorithm.loss(log_probs, old_log_probs, advantages, mask)

    def _track_draw(self, **values):
        for name, value in values.items():
            self.trackers[name].update_state(value)

    def _update_by_minibatches(self, draw, old_log_probs, advantages, key, watched):
        """Updates on one minibatch of the samples after another."""

        def update(index):
            part, old, advantage = minibatch(
                (draw, old_log_probs, advantages),
                self.groups.num_samples,
                index,
                self.algorithm.minibatches,
                key,
                self.groups.num_compared if self.algorithm.learns_preferences else 1,
            )
            weight = self.algorithm.minibatch_weight(part.mask, draw.mask)
            with tf.GradientTape() as tape:
                log_probs = self.generator.draw_log_prob(part, training=False)
                loss, logs = self._loss(log_probs, old, advantage, part.mask)
                if weight is not None:
                    loss *= weight
                scaled = self.optimizer.scale_loss(loss)
            self._improve(tape, scaled, {**watched, "policy_loss": loss})
            self._track_update(loss, logs, weight)

        repeat(self.algorithm.num_updates, update)

    def _improve(self, tape, loss, terms):
        variables = self.generator.policy_variables
        gradients = tape.gradient(loss, variables)
        self.apply_if_finite(
            "policy_gradient", self.optimizer, variables, gradients, terms
        )

    def _track_update(self, loss, logs, weight=None):
        self.trackers["policy_loss"].update_state(loss)
        for name, value in logs.items():
            self.algorithm_trackers[name].update_state(value, sample_weight=weight)

    @property
    def reward_tracker(self):
        """The metric of the reward."""
        return self.trackers["reward"]

    def _track_rewards(self, samples, condition, reward, terms):
        self.track_reward(reward, terms)
        if self.held_out_reward is not None:
            value, _ = self.held_out_reward.terms(samples, condition, training=False)
            self.trackers["held_out_reward"].update_state(value)

    def test_step(self, data):
        key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        sample_key, draw_key = tf.unstack(
            tf.random.experimental.stateless_split(key, 2)
        )
        generated, condition = self.judge_generator(data, sample_key)
        reward, terms = self.reward.terms(generated, condition, training=False)
        self._track_rewards(generated, condition, reward, terms)
        count = tf.shape(generated)[0]
        draw = self.generator.draw(count, draw_key, condition, training=False)
        log_probs = self.generator.draw_log_prob(draw, training=False)
        log_ratios = masked_sum(self.log_ratio(draw, log_probs), draw.mask)
        self.trackers["reference_kl"].update_state(log_ratios)
        return self._evaluated()
