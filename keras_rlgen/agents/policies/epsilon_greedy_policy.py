import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.policies.array_network import ArrayNetwork
from keras_rlgen.agents.policies.policy_seed import policy_seed
from keras_rlgen.training.stateless_random import integers, uniform

tf_agents = import_tf_agents()


class EpsilonGreedyPolicy(tf_agents.policies.TFPolicy):
    """Takes the greedy action, or with probability epsilon a uniformly random one.

    As TF-Agents' policy of this name, with a stateless seed: the same seed gives the
    same actions, with or without XLA.

    Args:
        policy: `TFPolicy`, the greedy one, for one discrete action that counts from 0.
        epsilon: Callable without arguments that returns a float32 scalar tensor, the
            probability of a random action, which may be the greedy one as well.
        model: Keras model whose largest output is the greedy action, or `None`.
            `array_actor` computes small ones in NumPy.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents.
    """

    def __init__(self, policy, epsilon, model=None, name=None):
        super().__init__(
            policy.time_step_spec,
            policy.action_spec,
            policy.policy_state_spec,
            policy.info_spec,
            name=name,
        )
        self._policy, self._epsilon = policy, epsilon
        self._network = None
        if model is not None and ArrayNetwork.supports(model):
            self._network = ArrayNetwork(model)
        self._prepare = tf.function(self._weights_and_exploration, autograph=False)

    def _action(self, time_step, policy_state, seed=None):
        greedy = self._policy.action(time_step, policy_state)
        explores, action = self._sample_exploration(
            tf.shape(greedy.action), policy_seed(seed)
        )
        return greedy._replace(action=tf.where(explores, action, greedy.action))

    def _sample_exploration(self, shape, seed):
        """Samples whether to explore, and the random action."""
        action_seed, chance_seed = tf.unstack(tf.random.split(seed, 2))
        count = int(self.action_spec.maximum) + 1
        action = tf.cast(integers(shape, action_seed, count), self.action_spec.dtype)
        return uniform(shape, chance_seed, 0.0, 1.0) < self._epsilon(), action

    def array_actor(self, num_environments, num_steps, seed):
        """Returns a function that acts in NumPy, valid until the weights change.

        Args:
            num_environments: Integer `N`.
            num_steps: Integer, number of steps it is used for.
            seed: Int32 array `(2,)` of numbers >= 0.

        Returns:
            Function of the index of the step and of the observations, an array
            `(N, size)`, which returns actions, an array `(N,)`. `None` if there is no
            model that `ArrayNetwork` supports.
        """
        if self._network is None:
            return None
        shape = tf.constant((num_steps, num_environments))
        weights, explores, random_action = tf.nest.map_structure(
            lambda x: x.numpy(), self._prepare(shape, seed)
        )

        all_explore, any_explores = explores.all(axis=1), explores.any(axis=1)

        def act(index, observation):
            if all_explore[index]:
                return random_action[index]
            greedy = self._network(weights, observation).argmax(axis=-1)
            if not any_explores[index]:
                return greedy
            return np.where(explores[index], random_action[index], greedy)

        return act

    def _weights_and_exploration(self, shape, seed):
        weights = [tf.identity(v.value) for v in self._network.variables]
        return weights, *self._sample_exploration(shape, seed)

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)
