import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.algorithms.categorical_dqn_agent import (
    MaskedCategoricalDqnAgent,
)
from keras_rlgen.agents.networks.categorical_q_network import CategoricalQNetwork
from keras_rlgen.agents.off_policy_agent import OffPolicyAgent
from keras_rlgen.agents.value_based_agent import ValueBasedAgent
from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen")
class CategoricalDQN(ValueBasedAgent, OffPolicyAgent):
    """C51: learns the distribution of the return of each discrete action.

    TF-Agents' `CategoricalDqnAgent` on a Keras 3 model, with `fit`. A distribution is a
    probability for each of several atoms, values evenly spaced between `min_q_value`
    and `max_q_value`.

    Args:
        q_network: Built `keras.Model` from observations to logits over the atoms for
            each action, `(batch, num_actions, num_atoms)`. It is trained in place. Or
            `"mlp"` or `"cnn"`, as in `DQN`, of 51 atoms.
        environment: As in `DQN`. Its actions must be discrete.
        num_environments: Integer, how many are stepped together. Defaults to 1.
        min_q_value: Float, the value of the first atom. Smaller discounted returns are
            projected onto it. Defaults to -10.
        max_q_value: Float, the value of the last atom. Defaults to 10.
        double: As in `DQN`.
        n_step: As in `DQN`.
        gamma: As in `DQN`.
        epsilon: As in `DQN`.
        target_update_tau: As in `DQN`.
        target_update_period: As in `DQN`.
        batch_size: As in `DQN`.
        replay_capacity: As in `DQN`.
        warm_up_steps: As in `DQN`.
        updates_per_step: As in `DQN`.
        collect_steps: As in `DQN`.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If the actions are continuous, the network does not fit the
            observations or the actions, or an argument is out of its range.

    Example:

    ```python
    q_network = keras.Sequential(
        [
            keras.Input((4,)),
            Dense(64, "relu"),
            Dense(64, "relu"),
            Dense(2 * 51),
            keras.layers.Reshape((2, 51)),
        ]
    )
    agent = CategoricalDQN(
        q_network, environment="CartPole-v1", min_q_value=0.0, max_q_value=100.0
    )
    agent.compile(optimizer=keras.optimizers.Adam(1e-3))
    agent.fit(epochs=5, steps_per_epoch=2000)
    agent.evaluate(episodes=20)
    ```

    Logged in training: as in `DQN`. `loss` is the cross-entropy in nats between the
    target distribution, of reward and next observation, and the network's; `mean_q` is
    the mean over replayed observations of the largest expected return.

    Reference:
        [Bellemare et al., 2017](https://arxiv.org/abs/1707.06887), algorithm 1. Here,
        unless `double=False`, the network and not the target network chooses the next
        action, as in [Hessel et al., 2018](https://arxiv.org/abs/1710.02298).
    """

    network_class = CategoricalQNetwork
    default_num_atoms = 51

    def __init__(
        self,
        q_network,
        environment,
        num_environments=1,
        min_q_value=-10.0,
        max_q_value=10.0,
        double=True,
        n_step=3,
        gamma=0.99,
        epsilon=None,
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
        if not (
            is_number(min_q_value)
            and is_number(max_q_value)
            and -np.inf < min_q_value < max_q_value < np.inf
        ):
            raise ValueError(
                "Expected finite `min_q_value` below `max_q_value`. Received: "
                f"min_q_value={min_q_value!r}, max_q_value={max_q_value!r}"
            )
        self.min_q_value = float(min_q_value)
        self.max_q_value = float(max_q_value)
        self.double = double
        self._attach_agent(
            MaskedCategoricalDqnAgent(
                categorical_q_network=self._network,
                target_categorical_q_network=self._target_network,
                min_q_value=self.min_q_value,
                max_q_value=self.max_q_value,
                double=double,
                **self._agent_options(),
            )
        )

    def _q_values(self, observation):
        atoms = tf.linspace(self.min_q_value, self.max_q_value, self._network.num_atoms)
        return tf.linalg.matvec(tf.nn.softmax(super()._q_values(observation)), atoms)

    def get_config(self):
        return {
            **super().get_config(),
            "min_q_value": self.min_q_value,
            "max_q_value": self.max_q_value,
            "double": self.double,
        }
