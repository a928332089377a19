import keras
import tensorflow as tf

from keras_rlgen import baselines
from keras_rlgen.estimators.advantages import check_baseline, latent_advantages
from keras_rlgen.estimators.gradient_estimator import GradientEstimator
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.policy import policy_gradient_loss


@keras.saving.register_keras_serializable("keras_rlgen")
class ScoreFunction(GradientEstimator):
    """REINFORCE: `E[(f(x, z) - b) * grad log q(z | x)]`.

    It is unbiased for any `f`, differentiable or not, and any latents. Its variance is
    high; baselines and several latents per sample reduce it.

    Args:
        num_samples: Integer, the number of latents per sample.
        baseline: `"none"`, `"moving_average"`, `"rloo"`, `"critic"` or a `Baseline`.
            A critic's input is the sample `x`.
        kl: `"analytic"`: the exact KL divergence is a separate loss. `"sampled"`: the
            value of a latent includes `-beta * (log q(z | x) - log p(z))`. Then `f`
            depends on the encoder's weights, but that gradient can be omitted:
            `E[grad log q(z | x)]` is zero. Both are unbiased; the exact divergence has
            lower variance.

    Raises:
        ValueError: If a name is unknown; if `"rloo"` is used with a single latent per
            sample.

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696), theorem 1;
        [Mnih & Gregor, 2014](https://arxiv.org/abs/1402.0030), section 2.2.
    """

    log_names = ("advantage_std", "baseline_loss")

    def __init__(
        self, num_samples=4, baseline="rloo", kl="analytic", name=None, **kwargs
    ):
        super().__init__(num_samples, name=name, **kwargs)
        if kl not in ("analytic", "sampled"):
            raise ValueError(
                f"Expected `kl` to be 'analytic' or 'sampled'. Received: kl={kl!r}"
            )
        self.baseline = check_baseline(baselines.get(baseline), num_samples)
        self.kl = kl

    def prepare(self, encoder, samples, condition, posterior, beta):
        self.baseline.prepare(samples)

    def draw(self, posterior, seed):
        return tf.stop_gradient(posterior.sample(self.num_samples, seed=seed))

    def loss(self, draws, encoder, posterior_of, seed):
        advantages, logs = latent_advantages(self.baseline, draws)
        log_probs = tf.transpose(draws.posterior.log_prob(draws.latents))
        loss = policy_gradient_loss(
            tf.reshape(log_probs, [-1]), tf.reshape(advantages, [-1])
        )
        return loss, logs

    def learn(self, draws, encoder):
        self.baseline.update(draws.values, draws.samples)

    def get_config(self):
        return {
            **super().get_config(),
            "baseline": keras.saving.serialize_keras_object(self.baseline),
            "kl": self.kl,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "baseline"))
