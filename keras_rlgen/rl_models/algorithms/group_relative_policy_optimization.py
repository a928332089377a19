import keras

from keras_rlgen.losses.proximal import group_relative_advantages
from keras_rlgen.rl_models.algorithms.proximal_policy_optimization import (
    ProximalPolicyOptimization,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class GroupRelativePolicyOptimization(ProximalPolicyOptimization):
    """GRPO: PPO's update, with rewards standardised within their group.

    The advantage is `(reward - mean) / std` of the group: of draws that share a
    condition, or of the batch. Unlike the reference, the divergence from the starting
    model is part of the reward and not of the loss, as in the other algorithms here;
    and a long sample counts for more than a short one, since the loss is the mean over
    the elements of the batch and not over those of each sample first.

    Args:
        epochs: Positive integer, how often a batch of draws is gone through.
            Defaults to 1.
        minibatches: Positive integer, updates in an epoch. Defaults to 1.
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
                "Group-relative advantages compare draws. Received a group of one. "
                "Use at least 2, or another algorithm."
            )

    def advantages(self, rewards):
        return group_relative_advantages(rewards)

    def get_config(self):
        config = super().get_config()
        for key in "baseline", "scale_advantages":
            config.pop(key)
        return config
