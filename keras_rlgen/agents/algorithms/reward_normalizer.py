import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.returns import accumulated_rewards

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType

LARGEST_REWARD = 10.0


class RewardNormalizer:
    """Divides rewards by the standard deviation of the returns seen so far.

    A return here is the discounted sum of the rewards since the episode began:
    `R_t = r_t + gamma * R_(t-1)`. Its scale is that of the values. Normalised rewards
    are clipped to [-10, 10].

    Args:
        num_environments: Integer `N`.
        gamma: Float, the discount factor.

    Reference:
        [Engstrom et al., 2020](https://arxiv.org/abs/2005.12729), appendix A.2; the
        running return and its scale as in Stable-Baselines3's `VecNormalize`.
    """

    def __init__(self, num_environments, gamma):
        self.gamma = gamma
        self._return = tf.Variable(tf.zeros((num_environments,)), trainable=False)
        self._moments = tf_agents.utils.tensor_normalizer.StreamingTensorNormalizer(
            tf.TensorSpec((), tf.float32)
        )

    @property
    def variables(self):
        """Dict from names to the variables."""
        moments = zip(
            ("count", "mean", "squares", "squares_carry"),
            self._moments.variables,
            strict=True,
        )
        return {
            "reward_normalizer_return": self._return,
            **{f"reward_normalizer_{name}": variable for name, variable in moments},
        }

    def __call__(self, frames):
        """Updates the statistics with the rewards of frames, and normalises them.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`, which continue the previous
                ones.

        Returns:
            Float32 tensor `(N, T)`.
        """
        is_first = frames.step_type == StepType.FIRST
        counts = frames.step_type != StepType.LAST
        returns = accumulated_rewards(
            frames.reward,
            tf.where(is_first, 0.0, self.gamma),
            tf.convert_to_tensor(self._return),
        )
        self._return.assign(returns[:, -1])
        self._moments.update(tf.boolean_mask(returns, counts))
        return self._moments.normalize(
            frames.reward,
            clip_value=LARGEST_REWARD,
            center_mean=False,
            variance_epsilon=1e-8,
        )
