import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.rl_models.algorithms.proximal_policy_optimization import (
    ProximalPolicyOptimization,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class GroupRelativePolicyOptimization(ProximalPolicyOptimization):
    """GRPO: PPO's update, with rewards standardised within their group.

    The advantage is `(reward - mean) / std` of the group: of samples that share a
    condition, or of the batch. Unlike the reference, the KL divergence from the
    reference model is part of the reward and not of the loss, as in the other
    algorithms here; and by default longer samples have more weight, since the loss is
    the mean over all elements of the batch, not first over those of each sample.

    Names of `RewardTuner.compile` stand for these arguments:

    - `"grpo"`: the defaults;
    - `"dapo"`: `clip_ratio=(0.2, 0.28)`, which is "clip higher", with the mean over
      tokens. Groups without signal are logged, and not sampled again;
    - `"dr_grpo"`: `scale_advantages="none"` and `aggregation="constant"`, without a
      bias by length or by difficulty;
    - `"gspo"`: `ratio="sequence"` and `clip_ratio=(3e-4, 4e-4)`.

    Args:
        epochs: Positive integer, passes over a batch of samples. Defaults to 1.
        minibatches: Positive integer, updates per epoch. Defaults to 1. With one epoch
            and one minibatch all ratios are one, and nothing is clipped.
        clip_ratio: Float > 0, or a pair of them, as in `ProximalPolicyOptimization`.
        scale_advantages: `"group"` (the default), `"batch"` or `"none"`: what rewards,
            less the mean of their group, are divided by. `"batch"` is the root mean
            square of all of them.
        ratio: `"token"` or `"sequence"`, as in `ProximalPolicyOptimization`.
        aggregation: `"token_mean"` (the default), `"sequence_mean"`, as in the
            reference, or `"constant"`: see `losses.aggregate_steps`.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        [Shao et al., 2024](https://arxiv.org/abs/2402.03300), section 4.1.2 (outcome
        supervision); [Yu et al., 2025](https://arxiv.org/abs/2503.14476) (DAPO);
        [Liu et al., 2025](https://arxiv.org/abs/2503.20783) (Dr. GRPO);
        [Zheng et al., 2025](https://arxiv.org/abs/2507.18071) (GSPO).
    """

    epsilon = 1e-4

    def __init__(
        self,
        epochs=1,
        minibatches=1,
        clip_ratio=0.2,
        scale_advantages="group",
        ratio="token",
        aggregation="token_mean",
        name=None,
        **kwargs,
    ):
        super().__init__(
            "none",
            epochs,
            minibatches,
            clip_ratio,
            scale_advantages,
            ratio,
            aggregation,
            name=name,
            **kwargs,
        )

    def validate(self, num_samples, group_size):
        super().validate(num_samples, group_size)
        if not is_integer(group_size) or group_size < 2:
            raise ValueError(
                "Group-relative advantages compare samples. Received a group of one. "
                "Use at least 2, or another algorithm."
            )

    def _baseline_values(self, rewards):
        return tf.reduce_mean(rewards, axis=1, keepdims=True)

    def get_config(self):
        config = super().get_config()
        config.pop("baseline")
        return config
