import keras

from keras_rlgen.agents.algorithms.batched_targets import BatchedTargetsDqnAgent
from keras_rlgen.agents.algorithms.soft_dqn_agent import SoftDqnAgent
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.off_policy_agent import OffPolicyAgent
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.agents.policies.soft_policy import SoftPolicy
from keras_rlgen.agents.value_based_agent import (
    ValueBasedAgent,
    temporal_difference_loss,
)
from keras_rlgen.arguments import is_number

tf_agents = import_tf_agents()

# Updates between two of the target network from which on they share its evaluation.
FEWEST_UPDATES = 4


@keras.saving.register_keras_serializable("keras_rlgen")
class DQN(ValueBasedAgent, OffPolicyAgent):
    """Deep Q-learning: learns the value of each discrete action.

    TF-Agents' `DdqnAgent` or `DqnAgent` on a Keras 3 model, with `fit`.

    Args:
        q_network: Built `keras.Model` from observations to a value for each action,
            `(batch, num_actions)`. It is trained in place. Or a default network:
            `"mlp"`, two hidden layers of 64 units, or `"cnn"`, convolutions for images.
        environment: A Gymnasium id such as `"CartPole-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, or a function that makes a
            `gymnasium.Env`. Its actions must be discrete.
        num_environments: Integer, how many are stepped together. Defaults to 1.
        double: Whether the network chooses the next action and the target network
            evaluates it (double DQN), which reduces overestimation. Defaults to `True`.
        n_step: Integer, rewards in a target before it bootstraps. Defaults to 3. Above
            1 learning is faster, and biased: the rewards of exploratory actions are not
            corrected for.
        gamma: Float in (0, 1], the discount factor of an environment step.
        epsilon: Float in [0, 1], or a `keras.optimizers.schedules` object of
            environment steps: the probability of a random action. By default it decays
            linearly from 1 to 0.05 over the first 10,000.
        loss: `"squared"` (the default) or `"huber"`, of the temporal difference error.
            Huber's is linear beyond 1, which suits rewards clipped to [-1, 1]. Where
            values are far larger, as in CartPole, it learns medians in place of means,
            and values may diverge.
        temperature: Float > 0, in reward per nat, for soft Q-learning: the agent
            maximises its return plus `temperature` times its entropy. It samples
            actions with probabilities in proportion to `exp(value / temperature)`
            instead of exploring by `epsilon`, and targets have the soft maximum,
            `temperature * log sum exp(value / temperature)`. `n_step` must be 1. By
            default there is no such bonus.
        log_prior: Function of a batch of observations to the log-probabilities of
            actions under a prior, float32 `(batch, num_actions)`, such as the
            `log_prior` of `TokenGeneration`. With a `temperature`, the KL divergence
            from the prior is subtracted in the place of the entropy bonus, and
            probabilities are `p(action) exp(value / temperature)`. It is saved if it is
            registered with Keras.
        target_update_tau: Float in (0, 1], how far an update of the target network
            moves it towards the network. Defaults to 1, a copy.
        target_update_period: Integer, updates of the network between two of the target
            network. Defaults to 128.
        batch_size: Integer, transitions in an update.
        replay_capacity: Integer, frames in the replay buffer: environment steps and
            last observations of episodes.
        warm_up_steps: Integer, frames in the buffer before the first update.
        updates_per_step: Float, updates for each environment step. Defaults to 0.5.
        collect_steps: Integer, steps of every environment between two rounds of
            updates. By default the fewest that give at least 64 environment steps and a
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
    agent.compile(optimizer=keras.optimizers.Adam(2e-3))
    agent.fit(epochs=5, steps_per_epoch=1000)
    agent.evaluate(episodes=20)
    ```

    Logged in training: `mean_return`, `episode_length` and number (`episodes`) of the
    episodes that ended in the epoch; `loss`; `mean_q`, the mean over replayed
    observations of the largest value, in units of the discounted return; `epsilon`;
    `environment_steps` since the start, and `environment_steps_per_second` in the
    epoch, updates included.

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
        n_step=3,
        gamma=0.99,
        epsilon=None,
        loss="squared",
        temperature=None,
        log_prior=None,
        target_update_tau=1.0,
        target_update_period=128,
        batch_size=64,
        replay_capacity=100_000,
        warm_up_steps=1000,
        updates_per_step=0.5,
        collect_steps=None,
        seed=None,
        name=None,
    ):
        if temperature is not None:
            _check_soft(temperature, n_step, epsilon)
            epsilon = 0.0
        elif log_prior is not None:
            raise ValueError(
                "A `log_prior` needs a `temperature`, the weight of the divergence."
            )
        super().__init__(
            q_network,
            n_step=n_step,
            gamma=gamma,
            epsilon=epsilon,
            target_update_tau=target_update_tau,
            target_update_period=target_update_period,
            environment=environment,
            num_environments=num_environments,
            batch_size=batch_size,
            replay_capacity=replay_capacity,
            warm_up_steps=warm_up_steps,
            updates_per_step=updates_per_step,
            collect_steps=collect_steps,
            seed=seed,
            name=name,
        )
        self.double = double
        self.temperature = temperature
        self.log_prior = log_prior
        self._loss_name = loss
        options = {
            "q_network": self._network,
            "target_q_network": self._target_network,
            "td_errors_loss_fn": temporal_difference_loss(loss),
            **self._agent_options(),
        }
        if temperature is None:
            self._attach_agent(BatchedTargetsDqnAgent(double=double, **options))
        else:
            self._attach_soft_agent(options)

    def _attach_soft_agent(self, options):
        soft = {"temperature": self.temperature, "log_prior": self.log_prior}
        tf_agent = SoftDqnAgent(double=self.double, **soft, **options)
        policy = SoftPolicy(
            self.specs.time_step, self.specs.action, self._network, **soft
        )
        greedy = tf_agents.policies.greedy_policy.GreedyPolicy(policy)
        self._attach(greedy, SamplingPolicy(policy), tf_agent)

    def _sum_of_updates(self, sequences):
        if self.target_update_period < FEWEST_UPDATES:
            return super()._sum_of_updates(sequences)
        return self.tf_agent.updates(
            self._update_networks,
            sequences,
            lambda batches: self._transition(batches).next_time_step,
            {name: 0.0 for name in self.update_logs},
        )

    def get_config(self):
        log_prior = keras.saving.serialize_keras_object(self.log_prior)
        config = {
            **super().get_config(),
            "double": self.double,
            "loss": self._loss_name,
            "temperature": self.temperature,
            "log_prior": log_prior,
        }
        if self.temperature is not None:
            config["epsilon"] = None
        return config


def _check_soft(temperature, n_step, epsilon):
    if not (is_number(temperature) and temperature > 0.0):
        raise ValueError(
            f"Expected `temperature` above zero. Received: {temperature!r}"
        )
    if n_step != 1:
        raise ValueError(
            "Soft Q-learning counts the entropy of each step, which rewards of several "
            f"steps leave out. Expected n_step=1. Received: n_step={n_step!r}"
        )
    if epsilon is not None:
        raise ValueError(
            "With a `temperature` the agent explores by its own probabilities. Leave "
            f"out `epsilon`. Received: {epsilon!r}"
        )
