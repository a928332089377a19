import abc
import contextlib

import keras
import tensorflow as tf

from keras_rlgen.agents.agent import NOT_FINITE, Agent
from keras_rlgen.agents.algorithms.behavioral_cloning import BehavioralCloning
from keras_rlgen.agents.bridge.trained_optimizer import TrainedOptimizer
from keras_rlgen.agents.networks.actor_and_critic import actor_and_critic, joined
from keras_rlgen.agents.networks.categorical_network import CategoricalNetwork
from keras_rlgen.agents.networks.default_networks import (
    network_or_default,
    policy_outputs,
)
from keras_rlgen.agents.networks.normal_network import NormalNetwork
from keras_rlgen.agents.networks.value_network import ValueNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.arguments import is_integer, is_number

serialize = keras.saving.serialize_keras_object


class OnPolicyAgent(Agent):
    """Base class of the agents that learn from steps of their current policy.

    They collect `steps_per_update` steps in every environment, update actor and critic,
    and discard the steps.

    A subclass makes its TF-Agents agent in the constructor, passes it to
    `_attach_agent`, and updates it in `_improve`.

    Args:
        actor: Built `keras.Model` from observations to the outputs that
            `CategoricalNetwork` (discrete actions) or `NormalNetwork` (continuous ones)
            expects. With two outputs, the second is the value, and there is no
            `critic`. Or `"mlp"` or `"cnn"`, a default network.
        critic: Built `keras.Model` from observations to their value, or `None`; or the
            name of a default network, by default that of the actor.
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        steps_per_update: Integer >= 2, steps of every environment between updates.
        gamma: Float in (0, 1], the discount factor of an environment step.
        entropy_weight: Float >= 0, coefficient of the entropy bonus in the loss.
        value_weight: Float > 0, coefficient of the squared value error in the loss.
        squash: Whether `tanh` keeps continuous actions within their bounds.
        seed: As in `Agent`.
        name: As in `Agent`.
    """

    needs_critic = True

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
        is_length = is_integer(steps_per_update) and steps_per_update >= 2
        require(is_length, "steps_per_update", steps_per_update, "an integer >= 2")
        require(is_number(gamma) and 0.0 < gamma <= 1.0, "gamma", gamma, "in (0, 1]")
        is_weight = is_number(entropy_weight) and entropy_weight >= 0.0
        require(is_weight, "entropy_weight", entropy_weight, ">= 0")
        is_weight = is_number(value_weight) and value_weight > 0.0
        require(is_weight, "value_weight", value_weight, "> 0")
        if squash and entropy_weight:
            raise ValueError(
                "Expected `entropy_weight=0` with `squash=True`: the entropy of a "
                f"squashed distribution is not known. Received: {entropy_weight!r}"
            )
        if isinstance(actor, str) and critic is None and self.needs_critic:
            critic = actor
        observation, action = self.specs.observation, self.specs.action
        if isinstance(actor, str):
            outputs = policy_outputs(action)
            actor = network_or_default(actor, "actor", observation, outputs, self.seed)
        critic = network_or_default(
            critic, "critic", observation, [keras.layers.Dense(1)], self.seed + 50
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
        """Sets the agent of TF-Agents, and makes the sampling policy."""
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
        """List of the names of the logs of updates."""

    @abc.abstractmethod
    def _improve(self, frames, next_observation, policy_state, *numbers):
        """Updates the networks, inside XLA if the agent is compiled with it.

        Args:
            frames: `Trajectory` of tensors `(N, steps_per_update, ...)`.
            next_observation: Nest of tensors `(N, ...)`, those after the frames.
            policy_state: Nest of tensors `(N, ...)`, the recurrent state of the collect
                policy before the frames.
            *numbers: What `_random_numbers` returned.

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
        """As `_learn`, from frames with the reward to maximise."""
        logs = self.jitted(self._improve_or_undo)(
            *collected, *self._random_numbers(collected.frames)
        )
        for name, value in logs.items():
            # A fraction of a variance of zero is unknown.
            known = tf.cast(tf.math.is_finite(value), tf.float32)
            value = tf.where(known > 0.0, value, 0.0)
            self._trackers[name].update_state(value, sample_weight=known)

    @contextlib.contextmanager
    def _training_on(self, experience, loss):
        if loss != "cloning":
            raise ValueError(
                f"`{type(self).__name__}` learns values from what its own policy did, "
                "and from recorded experience only to act like it. Received: "
                f"loss={loss!r}. Pass `loss='cloning'`, or use an agent with a replay "
                "buffer, such as `DQN` or `SAC`."
            )
        cloning = BehavioralCloning(self, experience)
        self._trackers[cloning.tracker.name] = cloning.tracker
        self._functions.clear()
        try:
            yield cloning.train
        finally:
            del self._trackers[cloning.tracker.name]
            self._functions.clear()

    def _random_numbers(self, frames):
        """Returns a tuple of tensors for `_improve`, sampled outside of XLA.

        XLA takes a hundred times as long for them on a CPU.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`.
        """
        return ()

    def _improve_or_undo(self, frames, next_observation, policy_state, *numbers):
        with self._all_or_none():
            logs = self._improve(frames, next_observation, policy_state, *numbers)
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
    """Normalises weights to mean 1; all zeros stay zeros.

    Args:
        weights: Float tensor of numbers >= 0.
    """
    return tf.math.divide_no_nan(weights, tf.reduce_mean(weights))
