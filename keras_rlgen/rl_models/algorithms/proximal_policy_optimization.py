import keras

from keras_rlgen.losses.proximal import (
    check_ratio,
    clip_fraction,
    clip_ratios,
    clipped_surrogate_loss,
)
from keras_rlgen.losses.step_aggregation import check_aggregation
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm


@keras.saving.register_keras_serializable("keras_rlgen")
class ProximalPolicyOptimization(TuningAlgorithm):
    """PPO with a clipped ratio: several updates on each batch of samples.

    An action is an element of a sample, such as a pixel, if the generator generates
    samples step by step; else a whole sample. The ratio of each action is clipped, and
    the loss is by default the mean over all actions. The more elements whole samples
    have, the sooner their ratio is clipped: watch `clip_fraction`.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`.
        epochs: Positive integer, passes over a batch of samples.
        minibatches: Positive integer, updates per epoch. It divides the number of
            samples.
        clip_ratio: Float > 0, the distance of the ratio from one at which it is
            clipped; or a pair of them, below and above one.
        scale_advantages: `"none"`, `"batch"` or `"group"`: what advantages are divided
            by, see `TuningAlgorithm`. `True`, the default, is `"batch"`.
        ratio: `"token"`, a ratio for each step; or `"sequence"`, one for each sample,
            the geometric mean of those of its steps (GSPO).
        aggregation: `"token_mean"`, `"sequence_mean"` or `"constant"`: how the losses
            of the steps of samples are averaged, see `losses.aggregate_steps`. Of no
            effect with a ratio for each sample: their losses have equal weight.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        [Schulman et al., 2017](https://arxiv.org/abs/1707.06347), equation 7; the
        mean over elements and two clip ratios:
        [Yu et al., 2025](https://arxiv.org/abs/2503.14476), sections 3.1 and 3.3;
        ratios of sequences: [Zheng et al., 2025](https://arxiv.org/abs/2507.18071),
        equation 7.
    """

    log_names = ("clip_fraction",)

    def __init__(
        self,
        baseline="rloo",
        epochs=4,
        minibatches=4,
        clip_ratio=0.2,
        scale_advantages=True,
        ratio="token",
        aggregation="token_mean",
        name=None,
        **kwargs,
    ):
        super().__init__(
            baseline, epochs, minibatches, scale_advantages, name=name, **kwargs
        )
        low, high = clip_ratios(clip_ratio)
        check_ratio(ratio)
        check_aggregation(aggregation)
        self.clip_ratio = low if low == high else (low, high)
        self.ratio = ratio
        self.aggregation = aggregation

    @property
    def takes_step_advantages(self):
        return self.ratio == "token"

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        ratios = log_probs, old_log_probs
        loss = clipped_surrogate_loss(
            *ratios, advantages, self.clip_ratio, mask, self.ratio, self.aggregation
        )
        fraction = clip_fraction(*ratios, self.clip_ratio, mask, self.ratio)
        return loss, {"clip_fraction": fraction}

    def minibatch_weight(self, mask, whole_mask):
        if self.ratio == "token" and self.aggregation == "token_mean":
            return super().minibatch_weight(mask, whole_mask)
        return None

    def get_config(self):
        return {
            **super().get_config(),
            "epochs": self.epochs,
            "minibatches": self.minibatches,
            "clip_ratio": self.clip_ratio,
            "scale_advantages": self.scale_advantages,
            "ratio": self.ratio,
            "aggregation": self.aggregation,
        }
