import keras
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.estimators import LatentDraws
from keras_rlgen.estimators import get as get_estimator
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.autoencoder.categorical_latents import CategoricalLatents
from keras_rlgen.models.autoencoder.gaussian_latents import GaussianLatents
from keras_rlgen.models.autoencoder.latent_variable_model import LatentVariableModel
from keras_rlgen.rl_models.check_estimator import check_estimator
from keras_rlgen.rl_models.gradient_comparison import GradientComparison
from keras_rlgen.rl_models.judge_latents import judge_latents
from keras_rlgen.rl_models.reward_check import finite_terms
from keras_rlgen.rl_models.reward_trained import RewardTrained
from keras_rlgen.training import replicas
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class RLVAE(RewardTrained, LatentVariableModel):
    """A variational autoencoder whose encoder is a policy, trained by reward.

    The reward of latent `z` for sample `x` is

    ```
    R(x, z) = log p(x | z) + r(decode(z)) - beta * KL(q(z | x) || p(z))
    ```

    with any reward `r` of decoded samples. The encoder maximises its mean with the
    gradient estimator given to `compile`; the KL divergence is exact, and its exact
    gradient is used unless the estimator says otherwise. The decoder maximises
    `log p(x | z)`, and gets no gradient of `r`.

    Args:
        encoder: As of `VAE` or, for categorical latents, of `CategoricalVAE`.
        decoder: As of `VAE` or `CategoricalVAE`.
        latent_dim: Integer, for normal latents; or a pair `(num_latents, num_codes)`,
            for categorical ones. The prior is standard normal, or uniform.
        distribution: `p(x | z)`, as in `VAE`.
        num_classes: Integer, for a model of samples with class labels: `fit(x, y)`.
        emit: What `generate` returns: the `"mean"` of `p(x | z)`, or a `"sample"`.
        seed: Integer or `None`.
        conditions: As in `VAE`.
        **kwargs: `name`.

    Raises:
        ValueError: As `VAE` and `CategoricalVAE`.

    Example:

    ```python
    model = RLVAE(encoder, decoder, latent_dim=8)
    model.compile("adam", estimator="score_function", baseline="rloo")
    model.fit(images, epochs=300)
    model.gradient_report(images[:128])
    ```

    Logged in training: `loss`, whose value is not meaningful; `reward`, the mean of
    `R`; `reconstruction_nll`, `-log p(x | z)`; `kl`; `elbo`, the evidence lower bound;
    `entropy` of the encoder's policy; `beta`; and `reward_<term>`, the terms of `r`.
    Score function and Q-learning log `advantage_std`, the standard deviation of the
    values minus the baseline, and `baseline_loss`, the mean square of that difference;
    Q-learning `q_loss`. All but `beta` are means over the batch, in nats. `evaluate`
    returns the results of `VAE`, `reward` and its terms.

    Reference:
        [Mnih & Gregor, 2014](https://arxiv.org/abs/1402.0030); leave-one-out:
        [Mnih & Rezende, 2016](https://arxiv.org/abs/1602.06725), equation 16, for one
        value per sample.
    """

    term_names = (
        "loss",
        "reward",
        "reconstruction_nll",
        "kl",
        "elbo",
        "entropy",
        "beta",
    )
    evaluation_names = (*LatentVariableModel.evaluation_names, "reward")

    def __init__(
        self,
        encoder,
        decoder,
        latent_dim,
        distribution="bernoulli",
        num_classes=None,
        emit="mean",
        seed=None,
        conditions=None,
        **kwargs,
    ):
        if isinstance(latent_dim, (tuple, list)):
            latents = CategoricalLatents(*latent_dim)
        else:
            latents = GaussianLatents(latent_dim)
        self.latent_dim = latent_dim
        super().__init__(
            encoder,
            decoder,
            latents,
            distribution,
            num_classes=num_classes,
            emit=emit,
            seed=seed,
            conditions=conditions,
            **kwargs,
        )
        self.estimator = None
        self.own_trackers = []
        self.reward_trackers = []

    def compile(
        self,
        optimizer="adam",
        estimator="score_function",
        baseline=None,
        num_samples=None,
        reward=None,
        beta=1.0,
        free_bits=0.0,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            estimator: Estimator of the encoder's gradient. For normal latents
                `"reparameterized"` or `"score_function"`; for categorical ones
                `"score_function"`, `"gumbel_softmax"`, `"straight_through"` or
                `"q_learning"`. Or a `GradientEstimator`.
            baseline: `"none"`, `"moving_average"`, `"rloo"`, `"critic"` or a
                `Baseline`, for an estimator given by name that takes one. Defaults to
                the estimator's.
            num_samples: Integer, latents per sample, for an estimator given by name.
                Defaults to the estimator's.
            reward: Name, `Reward`, arithmetic of rewards, or plain function of
                decoded samples (their mean); `None` for none.
            beta: Weight of the KL divergence, as in `VAE.compile`.
            free_bits: Float, nats of KL divergence per latent that are not penalised.
            **kwargs: `num_importance_samples`, `metrics`, `run_eagerly`,
                `steps_per_execution` and `jit_compile`, as in `VAE.compile`.

        Raises:
            ValueError: If a name is unknown or a number out of range; if the estimator
                does not support these latents, or needs a gradient that the reward does
                not have; if the reward is not of shape `(batch,)` or not finite on
                samples of the model.
        """
        estimator = get_estimator(estimator, baseline=baseline, num_samples=num_samples)
        terms = {}
        if reward is not None:
            reward = rewards.get(reward)
            condition = self.conditions.example(8) if self.has_condition else None
            samples = self.sample(8, tf.constant([0, 1]), condition)
            terms = finite_terms(reward, samples, condition)
        check_estimator(self, estimator, reward, free_bits)
        # It must not train the weights of the estimator and the reward.
        optimizer = self._built_optimizer(optimizer, self._trained_variables)
        self.prepare_estimator(estimator, beta)
        super().compile(
            optimizer,
            beta=beta,
            free_bits=free_bits,
            parts={"estimator": estimator, "reward": reward},
            **kwargs,
        )
        names = [f"reward_{name}" for name in terms]
        self.own_trackers = _trackers(estimator.log_names)
        self.reward_trackers = _trackers(names)
        self.own_trackers += [] if reward is None else reward.metrics

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["estimator"] = serialize(self.estimator)
            config["reward"] = serialize(self.reward)
        return config

    def prepare_estimator(self, estimator, beta):
        """Creates the weights of an estimator."""
        samples = tf.zeros((2, *self.sample_shape))
        condition = self.conditions.example(2) if self.has_condition else None
        posterior = self.posterior(samples, condition, training=False)
        estimator.prepare(self.encoder, samples, condition, posterior, beta)

    @property
    def training_trackers(self):
        return [
            *super().training_trackers,
            *self.own_trackers,
            *self.reward_trackers,
        ]

    @property
    def evaluation_trackers(self):
        return [*super().evaluation_trackers, *self.reward_trackers]

    @property
    def _trained_variables(self):
        return [
            *self.encoder.trainable_variables,
            *self.decoder.trainable_variables,
            *self.distribution.trainable_variables,
        ]

    def train_step(self, data):
        samples, condition = self._unpack(data)
        variables = self._trained_variables
        statistics = [
            *self.encoder.non_trainable_weights,
            *self.decoder.non_trainable_weights,
        ]
        with self.health.keeping(statistics):
            with tf.GradientTape() as tape:
                terms, draws = self.estimated_terms(
                    self.estimator, samples, condition, self._next_key(), training=True
                )
                scaled = self.optimizer.scale_loss(terms["loss"])
            gradients = tape.gradient(scaled, variables)
            self.apply_if_finite(
                "gradient",
                self.optimizer,
                variables,
                gradients,
                terms,
                lambda: self.estimator.learn(draws, self.encoder),
            )
        self._track(terms, tf.shape(samples)[0])
        return self._finished(self.training_trackers)

    def _track(self, terms, count):
        trackers = {m.name: m for m in self.metrics}
        for name, value in terms.items():
            replicas.track(trackers[name], value, count)

    def loss_terms(self, samples, condition, key, training):
        return self.estimated_terms(self.estimator, samples, condition, key, training)[
            0
        ]

    def estimated_terms(self, estimator, samples, condition, key, training):
        """Returns the result of `loss_terms`, and its `LatentDraws`."""
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))

        def posterior_of(encoder, samples, condition):
            parameters = encoder(self._inputs(samples, condition), training=training)
            return self.latents.posterior(tf.cast(parameters, tf.float32))

        posterior = posterior_of(self.encoder, samples, condition)
        latents = estimator.draw(posterior, keys[0])
        log_likelihood, reward, reward_terms, reward_loss = self.judge(
            samples, latents, condition, training, estimator.pathwise
        )
        values = log_likelihood + reward
        if estimator.kl == "sampled":
            log_ratio = posterior.log_prob(latents) - self.prior().log_prob(latents)
            values -= self.current_beta() * log_ratio
        values = tf.stop_gradient(tf.transpose(values))
        draws = LatentDraws(samples, condition, posterior, latents, values)
        own_loss, logs = estimator.loss(draws, self.encoder, posterior_of, keys[1])
        nll = -tf.reduce_mean(log_likelihood)
        kl_of_latents = self.latents.kl(posterior)
        kl = tf.reduce_mean(tf.reduce_sum(kl_of_latents, axis=-1))
        loss = nll + own_loss + reward_loss
        if estimator.kl == "analytic":
            loss += self.kl_loss(kl_of_latents)
        terms = {
            **reward_terms,
            "loss": loss,
            "reward": tf.reduce_mean(reward) - nll - self.current_beta() * kl,
            "reconstruction_nll": nll,
            "kl": kl,
            "elbo": -nll - kl,
            "entropy": tf.reduce_mean(posterior.entropy()),
            "beta": self.current_beta(),
            **logs,
        }
        return terms, draws

    def judge(self, samples, latents, condition, training, pathwise=False):
        """Computes the value of latents. See `judge_latents`."""
        return judge_latents(
            self, self.reward, samples, latents, condition, training, pathwise
        )

    def evaluation_terms(self, samples, condition, key):
        terms = super().evaluation_terms(samples, condition, key)
        value = -terms["reconstruction_nll"] - self.current_beta() * terms["kl"]
        if self.reward is None:
            return {**terms, "reward": value}
        posterior = self.posterior(samples, condition, training=False)
        latents = posterior.sample(1, seed=key)
        _, reward, means, _ = self.judge(samples, latents, condition, training=False)
        return {**terms, **means, "reward": value + tf.reduce_mean(reward)}

    def gradient_report(
        self,
        samples,
        condition=None,
        estimators=None,
        num_repeats=64,
        num_warmup=500,
        seed=0,
    ):
        """Compares estimators of the encoder's current gradient on a batch.

        Each estimator computes the gradient of the training loss repeatedly, on the
        same samples with different latents. Networks run in inference mode, and the
        model does not change.

        Args:
            samples: Array `(batch, ...)`, as for `fit`.
            condition: The condition of each sample, if the model is conditional.
            estimators: List of names and estimators. By default the compiled one, the
                unbiased ones and, for categorical latents, those with soft codes.
            num_repeats: Integer of at least 2, gradient samples per estimator.
            num_warmup: Integer, preceding updates on the batch of the baseline of an
                estimator that is not the compiled one.
            seed: Integer.

        Returns:
            Dict from the estimators' names to dicts of floats:
            `signal_to_noise`, the mean gradient's norm over the square root of
            `gradient_variance`, a sum over weights; `relative_bias`, the mean's
            distance from the reference over the latter's norm; and `relative_noise`,
            the distance expected from noise alone. The reference is the exact gradient,
            by enumeration, for up to 1,024 combinations of codes; else the mean of as
            many gradients of the score function with 64 latents per sample. NaN for
            estimators of another gradient. `callbacks.format_table` prints the dict.

        Raises:
            ValueError: As `compile`, for an estimator; as `fit`, for samples.

        Reference:
            [Rainforth et al., 2018](https://arxiv.org/abs/1802.04537), equation 10,
            with norms over all weights.
        """
        self._check_compiled("gradient_report")
        samples = self._checked_samples(samples)
        condition = self._checked_condition(condition, samples, "gradient_report")
        comparison = GradientComparison(self, samples, condition, num_repeats)
        return comparison.report(estimators, num_warmup, tf.constant([seed, 0]))

    def get_config(self):
        return {
            "encoder": serialize(self.encoder),
            "decoder": serialize(self.decoder),
            "latent_dim": self.latent_dim,
            "distribution": serialize(self.distribution),
            "num_classes": self.num_classes,
            "conditions": serialize(self._given_conditions),
            "emit": self.emit,
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "encoder", "decoder", "distribution", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))


def _trackers(names):
    return [keras.metrics.Mean(name=name) for name in names]
