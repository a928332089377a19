import tensorflow as tf

from keras_rlgen.agents.algorithms.value_update import ValueUpdate
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
PolicyStep = tf_agents.trajectories.PolicyStep


class SarsaAgent(ValueUpdate, tf_agents.agents.dqn.dqn_agent.DqnAgent):
    """SARSA in the interface of TF-Agents: `DqnAgent` with another target.

    It bootstraps from the action taken next, or from the expectation over the
    epsilon-greedy policy, where `DqnAgent` bootstraps from the best action.

    Args:
        time_step_spec: As in `DqnAgent`.
        action_spec: As in `DqnAgent`.
        expected: Whether the target is the expectation over the actions of the policy.
        **kwargs: As those of `DqnAgent`.

    Call arguments of `train`:
        experience: `Transition` of tensors `(B, ...)`. The `info` of its action step
            is the action taken at the next time step, see `training_data_spec`.
        weights: Float32 tensor `(B,)` or `None`.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        equations 6.7 and 6.9.
    """

    def __init__(self, time_step_spec, action_spec, expected=False, **kwargs):
        training_data_spec = tf_agents.trajectories.from_transition(
            time_step_spec, PolicyStep(action_spec, (), action_spec), time_step_spec
        )
        super().__init__(
            time_step_spec, action_spec, training_data_spec=training_data_spec, **kwargs
        )
        self._expected = expected

    def _compute_next_q_values(self, next_time_steps, info):
        values, _ = self._target_q_network(
            next_time_steps.observation, step_type=next_time_steps.step_type
        )
        if not self._expected:
            return tf.gather(values, info, axis=1, batch_dims=1)
        epsilon = self._epsilon_greedy
        if callable(epsilon):
            epsilon = epsilon()
        best = tf.reduce_max(values, axis=1)
        return (1.0 - epsilon) * best + epsilon * tf.reduce_mean(values, axis=1)
