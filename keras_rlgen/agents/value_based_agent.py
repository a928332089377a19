import keras
import tensorflow as tf

from keras_rlgen.agents.agent import Agent
from keras_rlgen.agents.algorithms.n_step import n_step_transition
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.bridge.trained_optimizer import TrainedOptimizer
from keras_rlgen.agents.networks.default_networks import (
    network_or_default,
    q_outputs,
)
from keras_rlgen.agents.networks.q_network import QNetwork
from keras_rlgen.agents.policies.epsilon_greedy_policy import EpsilonGreedyPolicy
from keras_rlgen.arguments import check_no_class, is_integer, is_number

tf_agents = import_tf_agents()
schedules = keras.optimizers.schedules
serialize = keras.saving.serialize_keras_object

LOSSES = {
    "huber": tf_agents.utils.common.element_wise_huber_loss,
    "squared": tf_agents.utils.common.element_wise_squared_loss,
}


class ValueBasedAgent(Agent):
    """Base class of the agents that learn the values of discrete actions.

    They have a network and a target network, an epsilon-greedy policy, and train on
    transitions of up to `n_step` steps.

    A subclass sets `network_class`, which interprets the model, makes its TF-Agents
    agent, a `DqnAgent`, in the constructor, and passes it to `_attach_agent`. It may
    override `_q_values`, which computes values from the network's output. Its
    `_update_trackers` hold the loss, as in `OffPolicyAgent`.

    Args:
        q_network: Built `keras.Model`, as `network_class` takes it; or `"mlp"` or
            `"cnn"`, a default network.
        n_step: Integer >= 1, rewards in a target before it bootstraps.
        gamma: Float in (0, 1], the discount factor of an environment step.
        epsilon: Float, `keras.optimizers.schedules` object of environment steps, or
            `None` for a linear decay from 1 to 0.05 over the first 10,000.
        target_update_tau: Float in (0, 1].
        target_update_period: Integer >= 1.
        **options: Arguments of the next base class, `Agent` or a subclass.
    """

    network_class = QNetwork
    default_num_atoms = None

    def __init__(
        self,
        q_network,
        n_step,
        gamma,
        epsilon,
        target_update_tau,
        target_update_period,
        **options,
    ):
        super().__init__(**options)
        if not is_integer(n_step) or n_step < 1:
            raise ValueError(
                f"Expected `n_step` to be a positive integer. Received: {n_step!r}"
            )
        if not (is_number(gamma) and 0.0 < gamma <= 1.0):
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        check_target_updates(target_update_tau, target_update_period)
        check_no_class("epsilon", epsilon)
        if not (
            epsilon is None
            or callable(epsilon)
            or (is_number(epsilon) and 0.0 <= epsilon <= 1.0)
        ):
            raise ValueError(
                "Expected `epsilon` in [0, 1], or a `keras.optimizers.schedules` "
                f"object of environment steps. Received: {epsilon!r}"
            )
        if epsilon is None:
            epsilon = schedules.PolynomialDecay(1.0, 10_000, end_learning_rate=0.05)
        q_network = network_or_default(
            q_network,
            "q_network",
            self.specs.observation,
            q_outputs(self.specs.action, self.default_num_atoms),
            self.seed,
        )
        self.q_network = q_network
        self.n_step = n_step
        self.gamma = gamma
        self._epsilon = epsilon
        self.target_update_tau = target_update_tau
        self.target_update_period = target_update_period
        self.mean_q_tracker = keras.metrics.Mean(name="mean_q")
        self.epsilon_tracker = keras.metrics.Mean(name="epsilon")
        self._optimizer_in_agent = TrainedOptimizer()
        self._network = self.network_class(
            q_network, self.specs.observation, self.specs.action
        )
        self._target_network = self._network.copy(name="TargetQNetwork")
        self.target_q_network = self._target_network.model
        self.target_q_network.trainable = False

    def _agent_options(self):
        """Returns arguments of the TF-Agents agent except the networks, a dict."""
        return {
            "time_step_spec": self.specs.time_step,
            "action_spec": self.specs.action,
            "optimizer": self._optimizer_in_agent,
            "epsilon_greedy": self.epsilon,
            "n_step_update": self.n_step,
            "target_update_tau": self.target_update_tau,
            "target_update_period": self.target_update_period,
            "gamma": self.gamma,
            "train_step_counter": self.train_step_counter,
        }

    def _attach_agent(self, tf_agent):
        """Sets the agent of TF-Agents, and makes the epsilon-greedy policy."""
        model = self.q_network if self.network_class is QNetwork else None
        policy = EpsilonGreedyPolicy(tf_agent.policy, self.epsilon, model)
        self._attach(tf_agent.policy, policy, tf_agent)

    def epsilon(self):
        """Returns the probability of a random action, a float32 scalar tensor."""
        value = self._epsilon
        if callable(value):
            value = value(self.environment_steps)
        return tf.cast(value, tf.float32)

    @property
    def training_trackers(self):
        return [*self._update_trackers, self.mean_q_tracker, self.epsilon_tracker]

    def _connect_optimizer(self, optimizer):
        self._optimizer_in_agent.set(optimizer, self.q_network.trainable_variables)

    def _transition(self, sequences):
        return n_step_transition(sequences, self.gamma)

    def _update_networks(self, sequences):
        return {"loss": self.tf_agent.train(self._transition(sequences)).loss}

    def _q_values(self, observation):
        """Returns the values of all actions, float32 `(batch, num_actions)`."""
        return self._network(observation)[0]

    def _track(self, sequences):
        observation = tf.nest.map_structure(lambda x: x[:, 0], sequences.observation)
        best = tf.reduce_max(self._q_values(observation), axis=-1)
        self.mean_q_tracker.update_state(best)
        self.epsilon_tracker.update_state(self.epsilon())

    def get_config(self):
        epsilon = self._epsilon
        return {
            **super().get_config(),
            "q_network": serialize(self.q_network),
            "n_step": self.n_step,
            "gamma": self.gamma,
            "epsilon": serialize(epsilon) if callable(epsilon) else epsilon,
            "target_update_tau": self.target_update_tau,
            "target_update_period": self.target_update_period,
        }


def check_target_updates(tau, period):
    """Raises an error if target networks would not follow their networks.

    Args:
        tau: The argument `target_update_tau`.
        period: The argument `target_update_period`.

    Raises:
        ValueError: If it is not in (0, 1], or no integer of at least 1.
    """
    if not (is_number(tau) and 0.0 < tau <= 1.0):
        raise ValueError(f"Expected `target_update_tau` in (0, 1]. Received: {tau!r}")
    if not is_integer(period) or period < 1:
        raise ValueError(
            f"Expected `target_update_period` >= 1, an integer. Received: {period!r}"
        )


def temporal_difference_loss(name):
    """Returns the loss of temporal difference errors with a given name.

    Args:
        name: "huber" or "squared".

    Returns:
        Function of targets and values that returns a loss for each.

    Raises:
        ValueError: If the name is unknown.
    """
    if name not in LOSSES:
        raise ValueError(f"Expected `loss` in {sorted(LOSSES)}. Received: {name!r}")
    return LOSSES[name]
