import keras
import tensorflow as tf

from keras_rlgen.agents.n_step import n_step_transition
from keras_rlgen.agents.networks.q_network import QNetwork
from keras_rlgen.agents.off_policy_agent import OffPolicyAgent
from keras_rlgen.agents.policies.epsilon_greedy_policy import EpsilonGreedyPolicy
from keras_rlgen.agents.tf_agents_import import import_tf_agents
from keras_rlgen.agents.trained_optimizer import TrainedOptimizer

tf_agents = import_tf_agents()
dqn_agent = tf_agents.agents.dqn.dqn_agent
schedules = keras.optimizers.schedules
serialize = keras.saving.serialize_keras_object

LOSSES = {
    "huber": tf_agents.utils.common.element_wise_huber_loss,
    "squared": tf_agents.utils.common.element_wise_squared_loss,
}


@keras.saving.register_keras_serializable("keras_rlgen")
class DQN(OffPolicyAgent):
    """Deep Q-learning: learns the value of each discrete action.

    TF-Agents' `DdqnAgent` or `DqnAgent` on a Keras 3 model, with `fit`.

    Args:
        q_network: Built `keras.Model` from observations to a value for each action,
            `(batch, num_actions)`. It is the one that is trained.
        environment: A Gymnasium id such as `"CartPole-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, or a function that makes a
            `gymnasium.Env`. Its actions have to be discrete.
        num_environments: Integer, how many are stepped together. Defaults to 1.
        double: Whether the network chooses the action whose value the target network
            gives, which keeps values from growing too large. Defaults to `True`.
        n_step: Integer, rewards in a target before it bootstraps. Defaults to 1.
        gamma: Float in (0, 1], the discount factor of an environment step.
        epsilon: Float in [0, 1], or a `keras.optimizers.schedules` object of
            environment steps: the probability of a random action. By default it falls
            linearly from 1 to 0.05 in the first 10,000.
        loss: `"huber"` or `"squared"`, of the temporal difference error.
        target_update_tau: Float in (0, 1], how far the target network moves to the
            network in an update of it.
        target_update_period: Integer, how many updates of the network come between
            those of the target network.
        batch_size: Integer, transitions in an update.
        replay_capacity: Integer, frames in the replay buffer.
        warm_up_steps: Integer, frames in the buffer before the first update.
        updates_per_step: Float, updates for each environment step.
        collect_steps: Integer, steps of every environment between two rounds of
            updates. By default as few as make at least 32 environment steps and a
            whole number of updates.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If the actions are continuous, the network does not fit the
            observations or the actions, or an argument is out of its range.

    Example:

    ```python
    q_network = keras.Sequential(
        [keras.Input((4,)), Dense(64, "relu"), Dense(64, "relu"), Dense(2)]
    )
    agent = DQN(q_network, environment="CartPole-v1", num_environments=8)
    agent.compile(optimizer=keras.optimizers.Adam(1e-3))
    agent.fit(epochs=5, steps_per_epoch=1000)
    agent.evaluate(episodes=20)
    ```

    Logged in training: `mean_return`, `episode_length` and number (`episodes`) of the
    episodes that ended in the epoch; `loss`; `mean_q`, the mean over replayed
    observations of the largest value, in units of the discounted return; `epsilon`;
    `environment_steps` since the start, and `environment_steps_per_second` in the
    epoch, learning included.

    Reference:
        [Mnih et al., 2015](https://www.nature.com/articles/nature14236);
        double: [van Hasselt et al., 2016](https://arxiv.org/abs/1509.06461);
        n-step: [Hessel et al., 2018](https://arxiv.org/abs/1710.02298).
    """

    def __init__(
        self,
        q_network,
        environment,
        num_environments=1,
        double=True,
        n_step=1,
        gamma=0.99,
        epsilon=None,
        loss="huber",
        target_update_tau=0.01,
        target_update_period=1,
        batch_size=64,
        replay_capacity=100_000,
        warm_up_steps=1000,
        updates_per_step=1.0,
        collect_steps=None,
        seed=None,
        name=None,
    ):
        super().__init__(
            environment,
            num_environments,
            batch_size=batch_size,
            replay_capacity=replay_capacity,
            warm_up_steps=warm_up_steps,
            updates_per_step=updates_per_step,
            collect_steps=collect_steps,
            seed=seed,
            name=name,
        )
        if loss not in LOSSES:
            raise ValueError(f"Expected `loss` in {sorted(LOSSES)}. Received: {loss!r}")
        if not isinstance(n_step, int) or n_step < 1:
            raise ValueError(
                f"Expected `n_step` to be a positive integer. Received: {n_step!r}"
            )
        if not 0.0 < gamma <= 1.0:
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        if epsilon is None:
            epsilon = schedules.PolynomialDecay(1.0, 10_000, end_learning_rate=0.05)
        self.q_network = q_network
        self.double = double
        self.n_step = n_step
        self.gamma = gamma
        self._epsilon = epsilon
        self._loss_name = loss
        self.target_update_tau = target_update_tau
        self.target_update_period = target_update_period
        self.mean_q_tracker = keras.metrics.Mean(name="mean_q")
        self.epsilon_tracker = keras.metrics.Mean(name="epsilon")
        self._network = QNetwork(q_network, self.specs.observation, self.specs.action)
        target = self._network.copy(name="TargetQNetwork")
        self.target_q_network = target.model
        self._optimizer_in_agent = TrainedOptimizer()
        agent_class = dqn_agent.DdqnAgent if double else dqn_agent.DqnAgent
        agent = agent_class(
            self.specs.time_step,
            self.specs.action,
            q_network=self._network,
            target_q_network=target,
            optimizer=self._optimizer_in_agent,
            epsilon_greedy=self.epsilon,
            n_step_update=n_step,
            target_update_tau=target_update_tau,
            target_update_period=target_update_period,
            td_errors_loss_fn=LOSSES[loss],
            gamma=gamma,
            train_step_counter=self.train_step_counter,
        )
        self._attach(agent, EpsilonGreedyPolicy(agent.policy, self.epsilon, q_network))

    def epsilon(self):
        """Returns the probability of a random action now, a float32 scalar tensor."""
        value = self._epsilon
        if callable(value):
            value = value(self.environment_steps)
        return tf.cast(value, tf.float32)

    @property
    def training_trackers(self):
        return [*super().training_trackers, self.mean_q_tracker, self.epsilon_tracker]

    def _connect_optimizer(self, optimizer):
        self._optimizer_in_agent.set(optimizer, self.q_network.trainable_variables)

    def _update(self, runs):
        transition = n_step_transition(runs, self.gamma)
        return {"loss": self.tf_agent.train(transition).loss}

    def _track(self, runs):
        observation = tf.nest.map_structure(lambda x: x[:, 0], runs.observation)
        q_values, _ = self._network(observation)
        self.mean_q_tracker.update_state(tf.reduce_max(q_values, axis=-1))
        self.epsilon_tracker.update_state(self.epsilon())

    def get_config(self):
        epsilon = self._epsilon
        return {
            **super().get_config(),
            "q_network": serialize(self.q_network),
            "double": self.double,
            "n_step": self.n_step,
            "gamma": self.gamma,
            "epsilon": serialize(epsilon) if callable(epsilon) else epsilon,
            "loss": self._loss_name,
            "target_update_tau": self.target_update_tau,
            "target_update_period": self.target_update_period,
        }
