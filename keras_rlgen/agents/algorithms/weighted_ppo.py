"""TF-Agents' agents for proximal policy optimization, with weighted minibatches."""

import collections
import contextlib

import tensorflow as tf
from absl import logging

from keras_rlgen.agents.algorithms.weighted_means import normalized, relative_weights
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.training.loss_gradients import loss_gradients

tf_agents = import_tf_agents()
common = tf_agents.utils.common
ppo = tf_agents.agents.ppo

PolicyUpdate = collections.namedtuple(
    "PolicyUpdate",
    ["policy_loss", "value_loss", "entropy", "approximate_kl", "clip_fraction"],
)
PolicyFrames = collections.namedtuple(
    "PolicyFrames",
    ["time_step", "action", "log_prob", "advantage", "returns", "value", "parameters"],
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
        frames, weights = self.minibatches(
            self.frames(experience), weights, tf.range(weights.shape[0])[tf.newaxis]
        )
        frames, weights = tf.nest.map_structure(lambda x: x[0], (frames, weights))
        loss, means = self.update(frames, weights, policy_state)
        return tf_agents.agents.tf_agent.LossInfo(loss, as_update(means))

    def frames(self, experience):
        """Returns what an update needs of frames, the same in all updates.

        Args:
            experience: `Trajectory` of `training_data_spec`.

        Returns:
            `PolicyFrames` of tensors `(B, T, ...)`. `time_step` has neither rewards nor
            discounts. `parameters` are those of the old distributions, `()` unless the
            loss has a KL penalty.
        """
        info = experience.policy_info
        before = ppo.ppo_utils.distribution_from_spec(
            self._action_distribution_spec,
            info["dist_params"],
            legacy_distribution_network=False,
        )
        zeros = tf.zeros_like(info["advantage"])
        return PolicyFrames(
            time_step=tf_agents.trajectories.TimeStep(
                experience.step_type, zeros, zeros, experience.observation
            ),
            action=experience.action,
            log_prob=common.log_probability(
                before, experience.action, self.action_spec
            ),
            advantage=info["advantage"],
            returns=info["return"],
            value=info["value_prediction"],
            parameters=() if self._adaptive_kl_beta is None else info["dist_params"],
        )

    def minibatches(self, frames, weights, indices):
        """Divides frames into minibatches, in which weights have mean 1.

        Advantages are normalised in each.

        Args:
            frames: `PolicyFrames` of tensors `(B, T, ...)`.
            weights: Float32 tensor `(B, T)` of numbers >= 0.
            indices: Int32 tensor `(M, S)`, the frames of each minibatch; `B` is a frame
                of weight 0.

        Returns:
            `PolicyFrames` of tensors `(M, S, T, ...)`, and weights `(M, S, T)`.
        """
        none = tf.zeros_like(weights[:1])
        weights = tf.gather(tf.concat([weights, none], axis=0), indices)
        weights = relative_weights(weights)
        last = frames.advantage.shape[0] - 1
        frames = tf.nest.map_structure(
            lambda x: tf.gather(x, tf.minimum(indices, last)), frames
        )
        if self._normalizes_advantages:
            advantage = normalized(frames.advantage, weights)
            frames = frames._replace(advantage=advantage)
        return frames, weights

    def update(self, frames, weights, policy_state=()):
        """Updates the networks once, on one of the `minibatches`.

        Args:
            frames: `PolicyFrames` of tensors `(S, T, ...)`.
            weights: Float32 tensor `(S, T)` of mean 1.
            policy_state: As in `train`.

        Returns:
            The loss, a float32 scalar, and the means of `PolicyUpdate`, `(5,)`.
        """
        models = self._actor_net.model, self._value_net.model
        variables = {id(v): v for m in models for v in m.trainable_variables}
        penalized = [v for v in variables.values() if v.regularizer]

        def penalized_loss():
            loss, means = self._loss(frames, weights, policy_state)
            return tf.add_n([loss, *(v.regularizer(v) for v in penalized)]), means

        variables = [v.value for v in variables.values()]
        (loss, means), gradients = loss_gradients(penalized_loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        self.train_step_counter.assign_add(1)
        return loss, means

    def _loss(self, frames, weights, policy_state):
        now = self._collect_policy._distribution(
            frames.time_step, policy_state, training=True
        ).action
        log_probs, entropy = self._log_probs_and_entropy(now, frames.action)
        log_ratio = log_probs - frames.log_prob
        ratio = tf.exp(log_ratio)
        change = ratio - 1.0
        gain = ratio * frames.advantage
        clip = self._importance_ratio_clipping
        if clip > 0.0:
            clipped = tf.clip_by_value(ratio, 1.0 - clip, 1.0 + clip)
            gain = tf.minimum(gain, clipped * frames.advantage)
        terms = PolicyUpdate(
            policy_loss=-gain,
            value_loss=self._value_errors(frames, policy_state),
            entropy=entropy,
            approximate_kl=change - log_ratio,
            clip_fraction=tf.cast(tf.abs(change) > clip, tf.float32),
        )
        means = tf.reduce_mean(weights * tf.stack(terms), axis=[1, 2])
        mean = as_update(means)
        loss = mean.policy_loss + self._value_pred_loss_coef * mean.value_loss
        # With weight 0 the entropy may be infinite, and its gradient NaN.
        if self._entropy_regularization > 0.0:
            loss -= self._entropy_regularization * mean.entropy
        if self._adaptive_kl_beta is not None:
            loss += self.kl_penalty_loss(
                frames.time_step, frames.parameters, now, weights
            )
        return loss, means

    def _log_probs_and_entropy(self, distribution, action):
        log_probs = common.log_probability(distribution, action, self.action_spec)
        rank = log_probs.shape.rank
        entropy = common.entropy(distribution, self.action_spec, rank)
        return log_probs, -log_probs if entropy is None else entropy

    def _value_errors(self, frames, policy_state):
        values, _ = self._collect_policy.apply_value_network(
            frames.time_step.observation,
            frames.time_step.step_type,
            value_state=value_state(policy_state),
            training=True,
        )
        errors = tf.square(values - frames.returns)
        if self._value_clipping > 0.0:
            clipped = frames.value + tf.clip_by_value(
                values - frames.value, -self._value_clipping, self._value_clipping
            )
            errors = tf.maximum(errors, tf.square(clipped - frames.returns))
        return errors


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


def as_update(means):
    """Returns a float32 tensor `(5,)` as `PolicyUpdate`."""
    return PolicyUpdate(*tf.unstack(means, len(PolicyUpdate._fields)))


@contextlib.contextmanager
def _without_warnings():
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
