from tensorflow_probability import distributions as tfd

from keras_rlgen.agents.algorithms.soft_dqn_agent import soft_log_policy
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
PolicyStep = tf_agents.trajectories.PolicyStep


class SoftPolicy(tf_agents.policies.TFPolicy):
    """Actions with probabilities `p(a) exp(value(a) / temperature)`.

    Args:
        time_step_spec: As in `TFPolicy`.
        action_spec: As in `TFPolicy`, one discrete action that counts from 0.
        network: TF-Agents network of the values of actions.
        temperature: Float > 0, in reward per nat.
        log_prior: Function of observations to `log p`, float32 `(batch, num_actions)`;
            `None` for uniform.
        name: Name of the policy.
    """

    def __init__(
        self,
        time_step_spec,
        action_spec,
        network,
        temperature,
        log_prior=None,
        name=None,
    ):
        super().__init__(time_step_spec, action_spec, name=name)
        self._network = network
        self._temperature = temperature
        self._log_prior = log_prior

    def _distribution(self, time_step, policy_state):
        observation = time_step.observation
        values, _ = self._network(observation, step_type=time_step.step_type)
        log_prior = None if self._log_prior is None else self._log_prior(observation)
        logits = soft_log_policy(values, self._temperature, log_prior)
        action = tfd.Categorical(logits=logits, dtype=self.action_spec.dtype)
        return PolicyStep(action, policy_state)

    def _variables(self):
        return self._network.variables
