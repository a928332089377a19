import keras

from keras_rlgen.losses.policy import scale_advantages
from keras_rlgen.losses.proximal import clip_fraction, clipped_surrogate_loss
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm


@keras.saving.register_keras_serializable("keras_rlgen")
class ProximalPolicyOptimization(TuningAlgorithm):
    """PPO with a clipped ratio: several updates on each batch of samples.

    An action is an element of a sample, such as a pixel, if the generator generates
    samples step by step; else a whole sample. The ratio of each action is clipped, and
    the loss is the mean over all actions. The more elements whole samples have, the
    sooner their ratio is clipped: watch `clip_fraction`.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`.
        epochs: Positive integer, passes over a batch of samples.
        minibatches: Positive integer, updates per epoch. It divides the number of
            samples.
        clip_ratio: Float > 0, the distance of the ratio from one at which it is
            clipped.
        scale_advantages: Whether advantages are divided by their root mean
            square over the batch. Defaults to `True`.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        [Schulman et al., 2017](https://arxiv.org/abs/1707.06347), equation 7; the
        mean over elements: [Yu et al., 2025](https://arxiv.org/abs/2503.14476),
        section 3.3.
    """

    log_names = ("clip_fraction",)

    def __init__(
        self,
        baseline="rloo",
        epochs=4,
        minibatches=4,
        clip_ratio=0.2,
        scale_advantages=True,
        name=None,
        **kwargs,
    ):
        super().__init__(baseline, epochs, minibatches, name=name, **kwargs)
        if not clip_ratio > 0.0:
            raise ValueError(
                f"Expected `clip_ratio` above zero. Received: {clip_ratio!r}"
            )
        self.clip_ratio = float(clip_ratio)
        self.scale_advantages = scale_advantages

    def advantages(self, rewards):
        advantages = super().advantages(rewards)
        if self.scale_advantages:
            return scale_advantages(advantages)
        return advantages

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        ratios = log_probs, old_log_probs
        loss = clipped_surrogate_loss(*ratios, advantages, self.clip_ratio, mask)
        return loss, {"clip_fraction": clip_fraction(*ratios, self.clip_ratio, mask)}

    def get_config(self):
        return {
            **super().get_config(),
            "epochs": self.epochs,
            "minibatches": self.minibatches,
            "clip_ratio": self.clip_ratio,
            "scale_advantages": self.scale_advantages,
        }
