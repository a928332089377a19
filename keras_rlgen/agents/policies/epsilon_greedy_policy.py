import tensorflow as tf

from keras_rlgen.agents.policies.policy_seed import policy_seed
from keras_rlgen.agents.tf_agents_import import import_tf_agents
from keras_rlgen.environments.stateless_random import integers, uniform

tf_agents = import_tf_agents()


class EpsilonGreedyPolicy(tf_agents.policies.TFPolicy):
    """Takes the greedy action, or with probability epsilon any of them.

    What TF-Agents' policy of this name does, from a stateless seed: the same seed
    gives the same actions, compiled with XLA or not.

    Args:
        policy: `TFPolicy` for one discrete action that counts from 0, the greedy one.
        epsilon: Callable without arguments that returns a float32 scalar tensor, the
            probability of a random action, which may be the greedy one as well.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents.
    """

    def __init__(self, policy, epsilon, name=None):
        super().__init__(
            policy.time_step_spec,
            policy.action_spec,
            policy.policy_state_spec,
            policy.info_spec,
            name=name,
        )
        self._policy = policy
        self._epsilon = epsilon

    def _action(self, time_step, policy_state, seed=None):
        greedy = self._policy.action(time_step, policy_state)
        spec = self.action_spec
        action_seed, chance_seed = tf.unstack(tf.random.split(policy_seed(seed), 2))
        shape = tf.shape(greedy.action)
        action = integers(shape, action_seed, int(spec.maximum) + 1)
        explores = uniform(shape, chance_seed, 0.0, 1.0) < self._epsilon()
        action = tf.where(explores, tf.cast(action, spec.dtype), greedy.action)
        return greedy._replace(action=action)

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)
