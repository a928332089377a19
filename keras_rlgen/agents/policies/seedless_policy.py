from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()


class SeedlessPolicy(tf_agents.policies.TFPolicy):
    """A deterministic policy that ignores the stateless seed of drivers.

    TF-Agents' greedy policies do not accept such a seed.

    Args:
        policy: `TFPolicy`.
        name: Name of the policy.

    Call arguments of `action`:
        seed: Ignored.
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
        step = self._policy.action(time_step, policy_state)
        return step._replace(info=())

    def _distribution(self, time_step, policy_state):
        return self._policy.distribution(time_step, policy_state)._replace(info=())

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)

    def _variables(self):
        return self._policy.variables()
