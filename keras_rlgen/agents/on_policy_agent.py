import abc

import keras
import tensorflow as tf

from keras_rlgen.agents.agent import NOT_FINITE, Agent
from keras_rlgen.agents.bridge.trained_optimizer import TrainedOptimizer
from keras_rlgen.agents.networks.actor_and_critic import actor_and_critic, joined
from keras_rlgen.agents.networks.categorical_network import CategoricalNetwork
from keras_rlgen.agents.networks.normal_network import NormalNetwork
from keras_rlgen.agents.networks.value_network import ValueNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy

serialize = keras.saving.serialize_keras_object


class OnPolicyAgent(Agent):
    """Base of the agents that learn from what the policy of the moment did.

    They collect `steps_per_update` steps in every environment, update actor and
    critic, and forget.

    A subclass makes its TF-Agents agent in the constructor, hands it to
    `_attach_agent`, and updates it in `_improve`.

    Args:
        actor: Built `keras.Model` from observations to what `CategoricalNetwork`
            (discrete actions) or `NormalNetwork` (continuous ones) asks for. With two
            outputs, the second is the value, and there is no `critic`.
        critic: Built `keras.Model` from observations to their value, or `None`.
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        steps_per_update: Integer >= 2, steps of every environment between updates.
        gamma: Float in (0, 1], the discount factor of an environment step.
        entropy_weight: Float >= 0, of the policy's entropy in the loss, a bonus.
        value_weight: Float > 0, of the squared error of values in the loss.
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
        entropy_weight,
        value_weight,
        squash,
        seed,
        name,
    ):
        super().__init__(environment, num_environments, seed, name)
        is_length = isinstance(steps_per_update, int) and steps_per_update >= 2
        require(is_length, "steps_per_update", steps_per_update, "an integer >= 2")
        require(0.0 < gamma <= 1.0, "gamma", gamma, "in (0, 1]")
        require(entropy_weight >= 0.0, "entropy_weight", entropy_weight, ">= 0")
        require(value_weight > 0.0, "value_weight", value_weight, "> 0")
        if squash and entropy_weight:
            raise ValueError(
                "Expected `entropy_weight=0` with `squash=True`: the entropy of a "
                f"squashed distribution is not known. Received: {entropy_weight!r}"
            )
        self.actor, self.critic = actor_and_critic(actor, critic)
        self.steps_per_update = steps_per_update
        self.gamma = gamma
        self.entropy_weight = entropy_weight
        self.value_weight = value_weight
        self.squash = squash
        self._optimizer_in_agent = TrainedOptimizer()

    def _make_actor_network(self):
        specs = self.specs
        is_discrete = all(s.dtype.is_integer for s in tf.nest.flatten(specs.action))
        if is_discrete and not self.squash:
            return CategoricalNetwork(self.actor, specs.observation, specs.action)
        return NormalNetwork(
            self.actor, specs.observation, specs.action, squash=self.squash
        )

    def _make_value_network(self):
        return ValueNetwork(self.critic, self.specs.observation)

    def _attach_agent(self, tf_agent):
        """Takes the agent of TF-Agents, and samples by its policy."""
        policy = SamplingPolicy(tf_agent.collect_policy, self._model_of_logits())
        self._attach(tf_agent.policy, policy, tf_agent)
        self._trackers = {name: keras.metrics.Mean(name) for name in self.log_names}

    def _model_of_logits(self):
        """Returns the model that maps observations to the logits of one action."""
        spec = self.specs.action
        is_logits = spec.dtype.is_integer and spec.shape.rank == 0
        return self.actor if is_logits else None

    @property
    @abc.abstractmethod
    def log_names(self):
        """List of the names of what is logged of updates."""

    @abc.abstractmethod
    def _improve(self, frames, next_observation, policy_state):
        """Updates the networks, in XLA where it pays.

        Args:
            frames: `Trajectory` of tensors `(N, steps_per_update, ...)`.
            next_observation: Nest of tensors `(N, ...)`, what followed.
            policy_state: Nest of tensors `(N, ...)`, the state of the collect policy
                before the frames: that of recurrent models.

        Returns:
            Logs, a dict from `log_names` to scalars.
        """

    @property
    def collect_steps(self):
        return self.steps_per_update

    @property
    def training_trackers(self):
        return list(self._trackers.values())

    def _connect_optimizer(self, optimizer):
        models = [m for m in (self.actor, self.critic) if m is not None]
        self._optimizer_in_agent.set(
            optimizer, [v for model in models for v in model.trainable_variables]
        )

    def _learn(self, collected):
        frames = self._relabelled(collected.frames, collected.next_observation)
        self._learn_from(collected._replace(frames=frames))

    def _learn_from(self, collected):
        """As `_learn`, of frames with the reward that is to be maximised."""
        logs = self.jitted(self._improve_or_undo)(*collected)
        for name, value in logs.items():
            self._trackers[name].update_state(value)

    def _improve_or_undo(self, frames, next_observation, policy_state):
        with self._all_or_none():
            logs = self._improve(frames, next_observation, policy_state)
            is_finite = tf.math.is_finite(logs["policy_loss"])
            self.health.check(NOT_FINITE, is_finite)
        return logs

    def get_config(self):
        actor, critic = joined(self.actor, self.critic)
        return {
            **super().get_config(),
            "actor": serialize(actor),
            "critic": serialize(critic),
            "steps_per_update": self.steps_per_update,
            "gamma": self.gamma,
            "entropy_weight": self.entropy_weight,
            "value_weight": self.value_weight,
            "squash": self.squash,
        }


def require(condition, name, value, expected):
    """Raises a `ValueError` that names an argument, unless a condition holds."""
    if not condition:
        raise ValueError(f"Expected `{name}` {expected}. Received: {value!r}")


def relative_weights(weights):
    """Returns weights of mean 1, or 0 where all of them are.

    Args:
        weights: Float tensor of numbers >= 0.
    """
    return tf.math.divide_no_nan(weights, tf.reduce_mean(weights))
