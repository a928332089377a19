"""TF-Agents' agents for proximal policy optimization, with weighted minibatches."""

import collections
import contextlib

import tensorflow as tf
from absl import logging

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
common = tf_agents.utils.common
ppo = tf_agents.agents.ppo

PolicyUpdate = collections.namedtuple(
    "PolicyUpdate",
    ["policy_loss", "value_loss", "entropy", "approximate_kl", "clip_fraction"],
)


class WeightedPPO:
    """Mixin for `PPOAgent`: one update on a minibatch whose frames have weights.

    It precedes `PPOAgent` or a subclass of it among the bases. The losses are those of
    TF-Agents, with two differences. A frame of weight 0 is ignored, both in the means
    and in the normalisation of advantages. And recurrent networks start from the state
    that they acted with, not from zero. Returns and advantages have to be in the
    experience, as TF-Agents' `preprocess_sequence` puts them there. Regularizers of the
    Keras models are added to the loss.

    `train(experience, weights, policy_state=...)` takes a `Trajectory` of
    `training_data_spec`, tensors `(B, T, ...)`, weights `(B, T)` >= 0, and the state
    of `collect_policy` before the first of the frames, tensors `(B, ...)`, zero by
    default. It returns a `LossInfo` whose `extra` is a `PolicyUpdate` of float32
    scalars, means over the frames. Without weights, the frames that TF-Agents treats as
    valid have weight 1.

    Args:
        *args: As those of the agent.
        normalize_advantages: Whether advantages are normalised to mean 0 and standard
            deviation 1 in each minibatch.
        **kwargs: As those of the agent.
    """

    def __init__(self, *args, normalize_advantages=True, **kwargs):
        # It warns about every optimizer that is not of Keras 2.
        with _without_warnings():
            super().__init__(
                *args,
                num_epochs=1,
                normalize_rewards=False,
                use_gae=True,
                use_td_lambda_return=True,
                compute_value_and_advantage_in_train=False,
                update_normalizers_in_train=False,
                aggregate_losses_across_replicas=False,
                **kwargs,
            )
        self._normalizes_advantages = normalize_advantages

    def _train(self, experience, weights=None, policy_state=()):
        experience = self._as_trajectory(experience)
        if weights is None:
            weights = ppo.ppo_utils.make_trajectory_mask(experience)
        weights = tf.math.divide_no_nan(weights, tf.reduce_mean(weights))
        models = self._actor_net.model, self._value_net.model
        variables = {id(v): v for m in models for v in m.trainable_variables}
        variables = list(variables.values())
        with tf.GradientTape() as tape:
            loss, update = self._loss(experience, weights, policy_state)
            penalties = [v.regularizer(v) for v in variables if v.regularizer]
            loss = tf.add_n([loss, *penalties])
        variables = [v.value for v in variables]
        gradients = tape.gradient(loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.train_step_counter.assign_add(1)
        return tf_agents.agents.tf_agent.LossInfo(loss, update)

    def _loss(self, experience, weights, policy_state):
        info = experience.policy_info
        steps = time_steps(experience)
        before = ppo.ppo_utils.distribution_from_spec(
            self._action_distribution_spec,
            info["dist_params"],
            legacy_distribution_network=False,
        )
        now = self._collect_policy._distribution(
            steps, policy_state, training=True
        ).action
        advantages = info["advantage"]
        if self._normalizes_advantages:
            advantages = normalized(advantages, weights)
        policy_loss = self.policy_gradient_loss(
            steps,
            experience.action,
            common.log_probability(before, experience.action, self.action_spec),
            advantages,
            now,
            weights,
        )
        value_loss = self._value_loss(experience, weights, policy_state)
        loss = policy_loss + self._value_pred_loss_coef * value_loss
        # With weight 0 the entropy may be infinite, and its gradient NaN.
        if self._entropy_regularization > 0.0:
            loss -= self._entropy_regularization * self._entropy
        if self._adaptive_kl_beta is not None:
            loss += self.kl_penalty_loss(steps, info["dist_params"], now, weights)
        return loss, PolicyUpdate(
            policy_loss,
            value_loss,
            self._entropy,
            self._approximate_kl,
            self._clip_fraction,
        )

    def _value_loss(self, experience, weights, policy_state):
        values, _ = self._collect_policy.apply_value_network(
            experience.observation,
            experience.step_type,
            value_state=value_state(policy_state),
            training=True,
        )
        returns = experience.policy_info["return"]
        errors = tf.square(values - returns)
        if self._value_clipping > 0.0:
            before = experience.policy_info["value_prediction"]
            clipped = before + tf.clip_by_value(
                values - before, -self._value_clipping, self._value_clipping
            )
            errors = tf.maximum(errors, tf.square(clipped - returns))
        return tf.reduce_mean(weights * errors)

    def policy_gradient_loss(
        self,
        time_steps,
        actions,
        sample_action_log_probs,
        advantages,
        current_policy_distribution,
        weights,
        debug_summaries=False,
    ):
        """As in TF-Agents; also records the statistics of `PolicyUpdate`."""
        loss = super().policy_gradient_loss(
            time_steps,
            actions,
            sample_action_log_probs,
            advantages,
            current_policy_distribution,
            weights,
            debug_summaries,
        )
        log_probs = common.log_probability(
            current_policy_distribution, actions, self.action_spec
        )
        entropy = common.entropy(
            current_policy_distribution, self.action_spec, weights.shape.rank
        )
        log_ratio = log_probs - sample_action_log_probs
        change = tf.exp(log_ratio) - 1.0
        clipped = tf.cast(tf.abs(change) > self._importance_ratio_clipping, tf.float32)
        self._entropy = tf.reduce_mean(
            weights * (-log_probs if entropy is None else entropy)
        )
        self._approximate_kl = tf.reduce_mean(weights * (change - log_ratio))
        self._clip_fraction = tf.reduce_mean(weights * clipped)
        return loss


class WeightedPPOAgent(WeightedPPO, ppo.ppo_agent.PPOAgent):
    """TF-Agents' `PPOAgent`, with weighted minibatches."""


class WeightedPPOClipAgent(WeightedPPO, ppo.ppo_clip_agent.PPOClipAgent):
    """TF-Agents' `PPOClipAgent`, with weighted minibatches."""


class WeightedPPOKLPenaltyAgent(
    WeightedPPO, ppo.ppo_kl_penalty_agent.PPOKLPenaltyAgent
):
    """TF-Agents' `PPOKLPenaltyAgent`, with weighted minibatches."""

    def adapt_kl_penalty(self, experience, weights, policy_state=()):
        """Adapts the KL coefficient, once after a round of updates.

        It grows by half where the mean KL divergence of the old from the new policy is
        above the target, and shrinks where it is below.

        Args:
            experience: `Trajectory` of `training_data_spec`, the whole round.
            weights: Float tensor `(B, T)`, of mean 1.
            policy_state: As in `train`.
        """
        steps = time_steps(experience)
        distribution = self._collect_policy._distribution(steps, policy_state).action
        divergence = self._kl_divergence(
            steps, experience.policy_info["dist_params"], distribution
        )
        self.update_adaptive_kl_beta(divergence * weights)


def time_steps(experience):
    """Returns the `TimeStep`s that the policy acted on.

    Args:
        experience: `Trajectory`.
    """
    return tf_agents.trajectories.TimeStep(
        experience.step_type,
        experience.reward,
        experience.discount,
        experience.observation,
    )


def value_state(policy_state):
    """Returns the value network's part of a policy's state."""
    return policy_state.get("value_network_state", ()) if policy_state else ()


def normalized(values, weights):
    """Normalises values to weighted mean 0 and standard deviation 1.

    Args:
        values: Float32 tensor.
        weights: Float32 tensor of the same shape, of mean 1.

    Returns:
        Float32 tensor of the same shape.

    Example:

    >>> values, weights = tf.constant([1.0, 3.0, 50.0]), tf.constant([1.5, 1.5, 0.0])
    >>> normalized(values, weights)[:2].numpy().round(3).tolist()
    [-1.0, 1.0]
    """
    values = values - tf.reduce_mean(weights * values)
    variance = tf.reduce_mean(weights * tf.square(values))
    return values * tf.math.rsqrt(variance + 1e-8)


@contextlib.contextmanager
def _without_warnings():
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
