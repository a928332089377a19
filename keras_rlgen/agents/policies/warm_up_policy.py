import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.policies.policy_seed import policy_seed
from keras_rlgen.training.stateless_random import integers, uniform

tf_agents = import_tf_agents()


class WarmUpPolicy(tf_agents.policies.TFPolicy):
    """Samples actions uniformly at first, then from a policy.

    Args:
        policy: `TFPolicy` for one discrete, or one bounded continuous action.
        is_warming_up: Callable without arguments that returns a boolean scalar tensor.
        name: Name of the policy.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents.
    """

    def __init__(self, policy, is_warming_up, name=None):
        super().__init__(
            policy.time_step_spec,
            policy.action_spec,
            policy.policy_state_spec,
            policy.info_spec,
            clip=False,
            name=name,
        )
        self._policy = policy
        self._is_warming_up = is_warming_up

    def _action(self, time_step, policy_state, seed=None):
        spec = self.action_spec
        random_seed, seed = tf.unstack(tf.random.split(policy_seed(seed), 2))
        step = self._policy.action(time_step, policy_state, seed)
        shape = tf.shape(step.action)
        if spec.dtype.is_integer:
            count = int(spec.maximum) - int(spec.minimum) + 1
            action = integers(shape, random_seed, count) + int(spec.minimum)
        else:
            action = uniform(shape, random_seed, spec.minimum, spec.maximum)
        action = tf.cast(action, spec.dtype)
        return step._replace(
            action=tf.where(self._is_warming_up(), action, step.action)
        )

    def _distribution(self, time_step, policy_state):
        return self._policy.distribution(time_step, policy_state)

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)

    def _variables(self):
        return self._policy.variables()
