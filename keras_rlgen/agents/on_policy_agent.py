import abc

import keras
import tensorflow as tf

from keras_rlgen.agents.actor_and_critic import actor_and_critic
from keras_rlgen.agents.agent import Agent
from keras_rlgen.agents.networks.categorical_network import CategoricalNetwork
from keras_rlgen.agents.networks.normal_network import NormalNetwork
from keras_rlgen.agents.networks.value_network import ValueNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.agents.reward_normalizer import RewardNormalizer
from keras_rlgen.agents.tf_agents_import import import_tf_agents
from keras_rlgen.agents.trained_optimizer import TrainedOptimizer
from keras_rlgen.returns import generalized_advantage_estimate

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType
serialize = keras.saving.serialize_keras_object


class OnPolicyAgent(Agent):
    """Base of the agents that learn from what the policy of the moment did.

    They collect `steps_per_update` steps in every environment, estimate advantages,
    update actor and critic, and forget.

    A subclass makes its TF-Agents agent, a `WeightedPPO`, in the constructor, hands it
    to `_attach`, and updates it in `_update`.

    Args:
        actor: Built `keras.Model` from observations to what `CategoricalNetwork`
            (discrete actions) or `NormalNetwork` (continuous ones) asks for.
        critic: Built `keras.Model` from observations to their value.
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        steps_per_update: Integer >= 2, steps of every environment between updates.
        gamma: Float in (0, 1], the discount factor of an environment step.
        gae_lambda: Float in [0, 1].
        entropy_weight: Float >= 0.
        value_weight: Float > 0.
        normalize_observations: Whether observations are normalised.
        normalize_rewards: Whether rewards are.
        squash: Whether continuous actions are kept in their bounds by `tanh`.
        seed: As in `Agent`.
        name: As in `Agent`.
    """

    def __init__(
        self,
        actor,
        critic,
        environment,
        num_environments,
        steps_per_update,
        gamma,
        gae_lambda,
        entropy_weight,
        value_weight,
        normalize_observations,
        normalize_rewards,
        squash,
        seed,
        name,
    ):
        super().__init__(environment, num_environments, seed, name)
        if not isinstance(steps_per_update, int) or steps_per_update < 2:
            raise ValueError(
                "Expected `steps_per_update` to be an integer of at least 2. "
                f"Received: {steps_per_update!r}"
            )
        require(0.0 < gamma <= 1.0, "gamma", gamma, "in (0, 1]")
        require(0.0 <= gae_lambda <= 1.0, "gae_lambda", gae_lambda, "in [0, 1]")
        require(entropy_weight >= 0.0, "entropy_weight", entropy_weight, ">= 0")
        require(value_weight > 0.0, "value_weight", value_weight, "> 0")
        if squash and entropy_weight:
            raise ValueError(
                "Expected `entropy_weight=0` with `squash=True`: the entropy of a "
                f"squashed distribution is not known. Received: {entropy_weight!r}"
            )
        self.actor, self.critic = actor_and_critic(actor, critic, type(self).__name__)
        self.steps_per_update = steps_per_update
        self.gamma = gamma
        self.gae_lambda = gae_lambda
        self.entropy_weight = entropy_weight
        self.value_weight = value_weight
        self.normalize_observations = normalize_observations
        self.normalize_rewards = normalize_rewards
        self.squash = squash
        self._reward_normalizer = RewardNormalizer(num_environments, gamma)
        self._optimizer_in_agent = TrainedOptimizer()
        if normalize_observations:
            _require_floats(self.specs.observation)

    def _agent_options(self):
        """Returns arguments of the TF-Agents agent, a dict."""
        return {
            "time_step_spec": self.specs.time_step,
            "action_spec": self.specs.action,
            "actor_net": self._make_actor_network(),
            "value_net": ValueNetwork(self.critic, self.specs.observation),
            "optimizer": self._optimizer_in_agent,
            "discount_factor": self.gamma,
            "lambda_value": self.gae_lambda,
            "entropy_regularization": float(self.entropy_weight),
            "value_pred_loss_coef": float(self.value_weight),
            "normalize_observations": self.normalize_observations,
            "train_step_counter": self.train_step_counter,
        }

    def _make_actor_network(self):
        specs = self.specs
        is_discrete = all(s.dtype.is_integer for s in tf.nest.flatten(specs.action))
        if is_discrete and not self.squash:
            return CategoricalNetwork(self.actor, specs.observation, specs.action)
        return NormalNetwork(
            self.actor, specs.observation, specs.action, squash=self.squash
        )

    def _attach(self, tf_agent):
        super()._attach(tf_agent, SamplingPolicy(tf_agent.collect_policy))
        if self.normalize_observations:
            _begin_with_unit_variance(tf_agent._observation_normalizer)
        self._next_observation = tf.nest.map_structure(
            lambda spec: tf.Variable(
                tf.zeros((self.num_environments, *spec.shape), spec.dtype),
                trainable=False,
            ),
            self.specs.observation,
        )
        self._trackers = {name: keras.metrics.Mean(name) for name in self.log_names}

    @property
    def log_names(self):
        """List of the names of what is logged of updates."""
        return ["policy_loss", "value_loss", "entropy", "explained_variance"]

    @abc.abstractmethod
    def _update(self, experience, weights):
        """Updates the networks with all that was collected, in XLA where it pays.

        Args:
            experience: `Trajectory` of the agent's `training_data_spec`, of tensors
                `(P, 1, ...)`, in no order that means anything.
            weights: Float32 tensor `(P, 1)`, of mean 1 and 0 where a frame is the last
                of an episode, and counts for nothing.

        Returns:
            `PolicyUpdate` of scalars: means over the updates.
        """

    @property
    def collect_steps(self):
        return self.steps_per_update

    @property
    def training_trackers(self):
        return list(self._trackers.values())

    @property
    def counters(self):
        return {**super().counters, **self._reward_normalizer.variables}

    def _connect_optimizer(self, optimizer):
        models = self.actor, self.critic
        self._optimizer_in_agent.set(
            optimizer, [v for model in models for v in model.trainable_variables]
        )

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            self._jitted_improve = self.jitted(self._improve)
        return super().make_train_function(force)

    def _collect(self):
        frames = super()._collect()
        tf.nest.map_structure(
            lambda variable, value: variable.assign(value),
            self._next_observation,
            self._driver.observation,
        )
        return frames

    def _learn(self, frames):
        if self.normalize_rewards:
            frames = frames.replace(reward=self._reward_normalizer(frames))
        next_observation = tf.nest.map_structure(
            tf.convert_to_tensor, self._next_observation
        )
        logs = self._jitted_improve(frames, next_observation)
        for name, value in logs.items():
            self._trackers[name].update_state(value)
        if self.normalize_observations:
            counts = frames.step_type != StepType.LAST
            self.tf_agent.update_observation_normalizer(
                tf.nest.map_structure(
                    lambda x: tf.boolean_mask(x, counts), frames.observation
                )
            )

    def _improve(self, frames, next_observation):
        """Updates the networks; returns logs, a dict from names to scalars."""
        experience = self.with_advantages(frames, next_observation)
        weights = tf.cast(frames.step_type != StepType.LAST, tf.float32)
        weights /= tf.reduce_mean(weights)
        returns = experience.policy_info["return"]
        variance = weighted_variance(returns, weights)
        error = weighted_variance(experience.policy_info["advantage"], weights)
        experience, weights = tf.nest.map_structure(
            lambda x: tf.reshape(x, (-1, 1, *x.shape[2:])), (experience, weights)
        )
        with self._all_or_none():
            update = self._update(experience, weights)
        logs = {name: getattr(update, name) for name in update._fields}
        return {
            name: {**logs, "explained_variance": 1.0 - error / variance}[name]
            for name in self._trackers
        }

    def with_advantages(self, frames, next_observation):
        """Returns frames with what the losses need beside them.

        An episode that was truncated goes on with the value of its last observation,
        and the last step of the frames with that of `next_observation`.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`, collected by the policy as
                it is now.
            next_observation: Nest of tensors `(N, ...)`, what followed.

        Returns:
            `Trajectory` of the `training_data_spec` of `tf_agent`. What it says of the
            last frames of episodes means nothing.
        """
        policy = self.tf_agent.collect_policy
        count, length = frames.reward.shape
        steps = tf_agents.trajectories.TimeStep(
            frames.step_type, frames.reward, frames.discount, frames.observation
        )
        flat = tf.nest.map_structure(
            lambda x: tf.reshape(x, (count * length, *x.shape[2:])), steps
        )
        info = tf.nest.map_structure(
            lambda x: tf.reshape(x, (count, length, *x.shape[1:])),
            policy.distribution(flat, ()).info,
        )
        values = info["value_prediction"]
        value_after, _ = policy.apply_value_network(
            next_observation, tf.zeros((count,), tf.int32), value_state=()
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
                **tf.nest.map_structure(tf.stop_gradient, info),
                "return": advantages + tf.stop_gradient(values),
                "advantage": advantages,
            }
        )

    def get_config(self):
        return {
            **super().get_config(),
            "actor": serialize(self.actor),
            "critic": serialize(self.critic),
            "steps_per_update": self.steps_per_update,
            "gamma": self.gamma,
            "gae_lambda": self.gae_lambda,
            "entropy_weight": self.entropy_weight,
            "value_weight": self.value_weight,
            "normalize_observations": self.normalize_observations,
            "normalize_rewards": self.normalize_rewards,
            "squash": self.squash,
        }


def require(condition, name, value, expected):
    """Raises a `ValueError` that names an argument, unless a condition holds."""
    if not condition:
        raise ValueError(f"Expected `{name}` {expected}. Received: {value!r}")


def weighted_variance(values, weights):
    """Returns the variance of values, a scalar.

    Args:
        values: Float tensor.
        weights: Float tensor of the same shape, of mean 1.
    """
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


def _begin_with_unit_variance(normalizer):
    """Lets the first observations through as they are."""
    count, _, squares, _ = normalizer.variables
    tf.nest.map_structure(lambda s, c: s.assign(c), squares, count)
