import tensorflow as tf

from keras_rlgen.agents.policies.policy_seed import policy_seed
from keras_rlgen.agents.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()


class SamplingPolicy(tf_agents.policies.TFPolicy):
    """Draws each action from a policy's distribution, with a stateless seed.

    Actions are not clipped to their bounds: the probability of one that was clipped
    would be another.

    Args:
        policy: `TFPolicy` that has a `distribution`. Of what it tells about its
            actions (`info`), nothing is kept.
        name: Name of the policy.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents.
    """

    def __init__(self, policy, name=None):
        super().__init__(
            policy.time_step_spec,
            policy.action_spec,
            policy.policy_state_spec,
            clip=False,
            name=name,
        )
        self._policy = policy

    def _action(self, time_step, policy_state, seed=None):
        step = self._policy.distribution(time_step, policy_state)
        distributions = tf.nest.flatten(step.action)
        seeds = tf.random.split(policy_seed(seed), len(distributions))
        actions = [
            distribution.sample(seed=seed)
            for distribution, seed in zip(
                distributions, tf.unstack(seeds, len(distributions)), strict=True
            )
        ]
        action = tf.nest.pack_sequence_as(step.action, actions)
        return step._replace(action=action, info=())

    def _distribution(self, time_step, policy_state):
        return self._policy.distribution(time_step, policy_state)._replace(info=())

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)

    def _variables(self):
        return self._policy.variables()
