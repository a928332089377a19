import keras

from keras_rlgen.losses.proximal import group_relative_advantages
from keras_rlgen.rl_models.algorithms.proximal_policy_optimization import (
    ProximalPolicyOptimization,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class GroupRelativePolicyOptimization(ProximalPolicyOptimization):
    """GRPO: PPO's update, with rewards standardised within their group.

    The advantage is `(reward - mean) / std` of the group: of samples that share a
    condition, or of the batch. Unlike the reference, the KL divergence from the
    reference model is part of the reward and not of the loss, as in the other
    algorithms here; and longer samples have more weight, since the loss is the mean
    over all elements of the batch, not first over those of each sample.

    Args:
        epochs: Positive integer, passes over a batch of samples. Defaults to 1.
        minibatches: Positive integer, updates per epoch. Defaults to 1.
        clip_ratio: Float > 0, as in `ProximalPolicyOptimization`.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        [Shao et al., 2024](https://arxiv.org/abs/2402.03300), section 4.1.2 (outcome
        supervision).
    """

    def __init__(self, epochs=1, minibatches=1, clip_ratio=0.2, name=None, **kwargs):
        super().__init__("none", epochs, minibatches, clip_ratio, name=name, **kwargs)

    def validate(self, num_samples, group_size):
        super().validate(num_samples, group_size)
        if group_size < 2:
            raise ValueError(
                "Group-relative advantages compare samples. Received a group of one. "
                "Use at least 2, or another algorithm."
            )

    def advantages(self, rewards):
        return group_relative_advantages(rewards)

    def get_config(self):
        config = super().get_config()
        for key in "baseline", "scale_advantages":
            config.pop(key)
        return config
