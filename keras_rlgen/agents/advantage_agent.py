import abc

import tensorflow as tf

from keras_rlgen.agents.algorithms.reward_normalizer import RewardNormalizer
from keras_rlgen.agents.algorithms.weighted_ppo import time_steps, value_state
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.networks.actor_and_critic import required_critic
from keras_rlgen.agents.on_policy_agent import (
    OnPolicyAgent,
    relative_weights,
    require,
)
from keras_rlgen.arguments import is_number
from keras_rlgen.returns import generalized_advantage_estimate

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class AdvantageAgent(OnPolicyAgent):
    """Base class of the on-policy agents with a critic: it computes advantages.

    A subclass makes a `WeightedPPO` agent in the constructor, passes it to
    `_attach_agent`, and updates it in `_update_actor_and_critic`.

    Args:
        actor: As in `OnPolicyAgent`.
        critic: As in `OnPolicyAgent`.
        gae_lambda: Float in [0, 1], of the generalised advantage estimate.
        normalize_observations: Whether observations are normalised.
        normalize_rewards: Whether rewards are normalised.
        **kwargs: As in `OnPolicyAgent`.
    """

    def __init__(
        self,
        actor,
        critic,
        gae_lambda,
        normalize_observations,
        normalize_rewards,
        **kwargs,
    ):
        super().__init__(actor, critic, **kwargs)
        required_critic(self.critic, type(self).__name__)
        is_share = is_number(gae_lambda) and 0.0 <= gae_lambda <= 1.0
        require(is_share, "gae_lambda", gae_lambda, "in [0, 1]")
        if normalize_observations:
            _require_floats(self.specs.observation)
        self.gae_lambda = gae_lambda
        self.normalize_observations = normalize_observations
        self.normalize_rewards = normalize_rewards
        self._reward_normalizer = RewardNormalizer(self.num_environments, self.gamma)

    def _agent_options(self):
        """Returns arguments of the TF-Agents agent, a dict."""
        return {
            "time_step_spec": self.specs.time_step,
            "action_spec": self.specs.action,
            "actor_net": self._make_actor_network(),
            "value_net": self._make_value_network(),
            "optimizer": self._optimizer_in_agent,
            "discount_factor": self.gamma,
            "lambda_value": self.gae_lambda,
            "entropy_regularization": float(self.entropy_weight),
            "value_pred_loss_coef": float(self.value_weight),
            "normalize_observations": self.normalize_observations,
            "train_step_counter": self.train_step_counter,
        }

    def _attach_agent(self, tf_agent):
        super()._attach_agent(tf_agent)
        if self.normalize_observations:
            _set_unit_variance(tf_agent._observation_normalizer)

    def _model_of_logits(self):
        return None if self.normalize_observations else super()._model_of_logits()

    @abc.abstractmethod
    def _update_actor_and_critic(self, experience, weights, policy_state, *numbers):
        """Updates the networks from the collected frames.

        Args:
            experience: `Trajectory` of the `training_data_spec` of `tf_agent`, of
                tensors `(B, L, ...)`: single frames (`L` is 1), or sequences of them
                where models are recurrent.
            weights: Float32 tensor `(B, L)`, of mean 1, and 0 for the last frame of an
                episode, which is ignored.
            policy_state: Nest of tensors `(B, ...)`, the state before a sequence.
            *numbers: What `_random_numbers` returned.

        Returns:
            `PolicyUpdate` of scalars: means over the updates.
        """

    @property
    def log_names(self):
        return ["policy_loss", "value_loss", "entropy", "explained_variance"]

    @property
    def counters(self):
        return {**super().counters, **self._reward_normalizer.variables}

    def _learn_from(self, collected):
        frames = collected.frames
        if self.normalize_rewards:
            frames = frames.replace(reward=self._reward_normalizer(frames))
        super()._learn_from(collected._replace(frames=frames))
        # After the updates, so that both policies of a probability ratio share a scale.
        if self.normalize_observations:
            counts = frames.step_type != StepType.LAST
            self.tf_agent.update_observation_normalizer(
                tf.nest.map_structure(
                    lambda x: tf.boolean_mask(x, counts), frames.observation
                )
            )

    def _improve(self, frames, next_observation, policy_state, *numbers):
        experience = self.with_advantages(frames, next_observation, policy_state)
        is_step = frames.step_type != StepType.LAST
        weights = relative_weights(tf.cast(is_step, tf.float32))
        info = experience.policy_info
        unexplained = _variance(info["advantage"], weights)
        explained = 1.0 - unexplained / _variance(info["return"], weights)
        if not tf.nest.flatten(policy_state):
            experience, weights = tf.nest.map_structure(
                lambda x: tf.reshape(x, (-1, 1, *x.shape[2:])), (experience, weights)
            )
        update = self._update_actor_and_critic(
            experience, weights, policy_state, *numbers
        )
        logs = {**update._asdict(), "explained_variance": explained}
        return {name: logs[name] for name in self.log_names}

    def with_advantages(self, frames, next_observation, policy_state=()):
        """Returns frames with their advantages, returns and old distributions.

        A truncated episode bootstraps from the value of its last observation, and the
        last step of the frames from that of `next_observation`.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`, collected by the current
                policy.
            next_observation: Nest of tensors `(N, ...)`, those after the frames.
            policy_state: Nest of tensors `(N, ...)`, the state of the collect policy
                before the frames.

        Returns:
            `Trajectory` of the `training_data_spec` of `tf_agent`. The values at the
            last frames of episodes are to be ignored.
        """
        policy = self.tf_agent.collect_policy
        policy_step = policy._distribution(time_steps(frames), policy_state)
        info = tf.nest.map_structure(tf.stop_gradient, policy_step.info)
        values = info["value_prediction"]
        value_after, _ = policy.apply_value_network(
            next_observation,
            tf.fill((self.num_environments,), StepType.MID),
            value_state=value_state(policy_step.state),
        )
        advantages = generalized_advantage_estimate(
            frames.reward,
            self.gamma * frames.discount,
            values,
            tf.concat([values[:, 1:], value_after[:, tf.newaxis]], axis=1),
            self.gae_lambda,
            truncated=frames.next_step_type == StepType.LAST,
        )
        return frames.replace(
            policy_info={
                **info,
                "return": advantages + values,
                "advantage": advantages,
            }
        )

    def get_config(self):
        return {
            **super().get_config(),
            "gae_lambda": self.gae_lambda,
            "normalize_observations": self.normalize_observations,
            "normalize_rewards": self.normalize_rewards,
        }


def _variance(values, weights):
    mean = tf.reduce_mean(weights * values)
    return tf.reduce_mean(weights * tf.square(values - mean))


def _require_floats(observation_spec):
    for spec in tf.nest.flatten(observation_spec):
        require(
            spec.dtype.is_floating,
            "normalize_observations",
            True,
            f"to be False for observations of the dtype {spec.dtype.name}: scale them "
            "in the network, with `keras.layers.Rescaling(1 / 255)`",
        )


def _set_unit_variance(normalizer):
    """Sets the initial variance to 1, which leaves the first observations unchanged."""
    count, _, squares, _ = normalizer.variables
    tf.nest.map_structure(lambda s, c: s.assign(c), squares, count)
