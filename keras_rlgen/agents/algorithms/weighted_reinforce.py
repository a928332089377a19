import tensorflow as tf

from keras_rlgen.agents.algorithms.weighted_ppo import normalized
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.training.loss_gradients import loss_gradients

tf_agents = import_tf_agents()
reinforce_agent = tf_agents.agents.reinforce.reinforce_agent


class WeightedReinforceAgent(reinforce_agent.ReinforceAgent):
    """TF-Agents' `ReinforceAgent` with weighted frames.

    A frame of weight 0 is ignored in the normalisation of advantages as well. The
    policy's loss has no gradient through the advantages: it does not train the value
    network.

    Args:
        *args: As those of the agent.
        normalize_advantages: Whether advantages, which are returns where there is no
            value network, are normalised to mean 0 and standard deviation 1.
        **kwargs: As those of the agent.
    """

    def __init__(self, *args, normalize_advantages=True, **kwargs):
        super().__init__(*args, normalize_returns=False, **kwargs)
        self._normalizes_advantages = normalize_advantages

    def train_on_returns(self, experience, returns, weights):
        """Updates the networks once.

        TF-Agents' `train` computes returns itself, without bootstrapping at
        truncations, and leaves out steps of unfinished episodes.

        Args:
            experience: `Trajectory` of `training_data_spec`, tensors `(B, T, ...)`.
            returns: Float32 tensor `(B, T)`.
            weights: Float32 tensor `(B, T)`, of mean 1. It must be 0 at the last frames
                of episodes.

        Returns:
            `LossInfo`. Losses are means over the frames.
        """
        # TF-Agents divides by the number of episodes: let every step end one.
        ends = tf.fill(returns.shape, tf_agents.trajectories.StepType.LAST)
        experience = experience.replace(next_step_type=ends)
        variables = self._actor_network.trainable_weights
        if self._value_network is not None:
            variables = variables + self._value_network.trainable_weights
        variables = list({v.ref(): v for v in variables}.values())

        def loss():
            info = self.total_loss(experience, returns, weights, training=True)
            return info.loss, info

        (_, info), gradients = loss_gradients(loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.train_step_counter.assign_add(1)
        return info

    def policy_gradient_loss(
        self,
        actions_distribution,
        actions,
        is_boundary,
        returns,
        num_episodes,
        weights=None,
    ):
        """As in TF-Agents.

        Args:
            actions_distribution: Of the policy, for tensors `(B, T, ...)`.
            actions: Tensor `(B, T, ...)`.
            is_boundary: Boolean tensor `(B, T)`, frames to ignore.
            returns: Float32 tensor `(B, T)`, the advantages.
            num_episodes: Float, by which the sum over frames is divided.
            weights: Float32 tensor `(B, T)`.

        Returns:
            Float32 scalar.
        """
        advantages = tf.stop_gradient(returns)
        if self._normalizes_advantages:
            counts = weights * tf.cast(~is_boundary, tf.float32)
            mean = tf.reduce_mean(counts)
            advantages = normalized(advantages, tf.math.divide_no_nan(counts, mean))
        return super().policy_gradient_loss(
            actions_distribution,
            actions,
            is_boundary,
            advantages,
            num_episodes,
            weights,
        )
