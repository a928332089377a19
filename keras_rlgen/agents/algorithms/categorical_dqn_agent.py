import tensorflow as tf

from keras_rlgen.agents.algorithms.value_update import ValueUpdate
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
categorical_dqn_agent = tf_agents.agents.categorical_dqn.categorical_dqn_agent
dqn_agent = tf_agents.agents.dqn.dqn_agent
common = tf_agents.utils.common


class MaskedCategoricalDqnAgent(ValueUpdate, categorical_dqn_agent.CategoricalDqnAgent):
    """TF-Agents' `CategoricalDqnAgent` with masked episode boundaries.

    The original treats the last frame of one episode and the first of the next as a
    transition, and ignores `weights`. This one masks such pairs, as `DqnAgent` does,
    weights the others, and accepts n-step transitions.

    Args:
        *args: As those of `CategoricalDqnAgent`.
        double: Whether the network chooses the next action and the target network
            evaluates it.
        **kwargs: As those of `CategoricalDqnAgent`.

    Call arguments of `train`:
        experience: `Trajectory` of tensors `(B, n + 1, ...)`, or `Transition` of
            tensors `(B, ...)`.
        weights: Float32 tensor `(B,)` or `None`.
    """

    def __init__(self, *args, double=False, **kwargs):
        super().__init__(*args, **kwargs)
        if double:
            self._target_greedy_policy = self._policy

    def _loss(
        self,
        experience,
        td_errors_loss_fn=None,
        gamma=1.0,
        reward_scale_factor=1.0,
        weights=None,
        training=False,
    ):
        steps, action_steps, next_steps = self._as_transition(experience)
        logits, _ = self._q_network(
            steps.observation, step_type=steps.step_type, training=training
        )
        rewards = reward_scale_factor * next_steps.reward
        discounts = gamma * next_steps.discount
        targets = categorical_dqn_agent.project_distribution(
            rewards[:, tf.newaxis] + discounts[:, tf.newaxis] * self._support,
            self._next_q_distribution(next_steps),
            self._support,
        )
        losses = tf.nn.softmax_cross_entropy_with_logits(
            tf.stop_gradient(targets),
            tf.gather(logits, action_steps.action, axis=1, batch_dims=1),
        )
        losses *= tf.cast(~steps.is_last(), tf.float32)
        loss = common.aggregate_losses(
            per_example_loss=losses,
            sample_weight=weights,
            regularization_loss=self._q_network.losses,
        ).total_loss
        return tf_agents.agents.tf_agent.LossInfo(
            loss, dqn_agent.DqnLossInfo(td_loss=losses, td_error=())
        )
