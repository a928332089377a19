import tensorflow as tf

from keras_rlgen.agents.algorithms.batched_targets import BatchedTargetsDqnAgent


class SoftDqnAgent(BatchedTargetsDqnAgent):
    """Soft Q-learning in the interface of TF-Agents: `DqnAgent` with another target.

    It bootstraps from the soft maximum over the next actions, where `DqnAgent`
    bootstraps from the best of them.

    Args:
        time_step_spec: As in `DqnAgent`.
        action_spec: As in `DqnAgent`.
        temperature: Float > 0, in reward per nat.
        log_prior: Function of observations to the log-probabilities of actions under a
            prior, float32 `(batch, num_actions)`; or `None`, for an entropy bonus.
        double: Whether the next policy is that of the network, and the target network
            evaluates it; otherwise both are the target network's.
        **kwargs: As those of `DqnAgent`.
    """

    def __init__(
        self,
        time_step_spec,
        action_spec,
        temperature,
        log_prior=None,
        double=True,
        **kwargs,
    ):
        super().__init__(time_step_spec, action_spec, double=double, **kwargs)
        self._soft_temperature = temperature
        self._log_prior = log_prior

    def _compute_next_q_values(self, next_time_steps, info):
        observation, step_type = next_time_steps.observation, next_time_steps.step_type
        values = target_values = self._target_values(next_time_steps)
        if self._double:
            values, _ = self._q_network(observation, step_type=step_type)
        log_prior = None if self._log_prior is None else self._log_prior(observation)
        log_policy = soft_log_policy(values, self._soft_temperature, log_prior)
        return soft_value(target_values, log_policy, self._soft_temperature, log_prior)


def soft_log_policy(values, temperature, log_prior=None):
    """Computes the log-probabilities of the policy `p(a) exp(value(a) / temperature)`.

    Args:
        values: Float32 tensor `(batch, num_actions)`.
        temperature: Float > 0, in reward per nat.
        log_prior: Float32 tensor of the same shape, `log p`; `None` for uniform.

    Returns:
        Float32 tensor of the same shape, in nats.

    Example:

    >>> log_prior = tf.math.log([[0.25, 0.75]])
    >>> tf.exp(soft_log_policy(tf.zeros((1, 2)), 1.0, log_prior)).numpy().round(2)
    array([[0.25, 0.75]], dtype=float32)

    Reference:
        [Fox et al., 2016](https://arxiv.org/abs/1512.08562), equation 11.
    """
    logits = values / temperature
    if log_prior is not None:
        logits += log_prior
    return tf.nn.log_softmax(logits)


def soft_value(values, log_policy, temperature, log_prior=None):
    """Computes the value of a policy whose divergence from a prior has a price.

        sum_a pi(a) (value(a) - temperature * (log pi(a) - log p(a)))

    For the policy of the same values, see `soft_log_policy`, it is the soft maximum
    `temperature * log sum_a p(a) exp(value(a) / temperature)`. Without a prior, `p(a)`
    is left out, and the term is a bonus for entropy.

    Args:
        values: Float32 tensor `(batch, num_actions)`.
        log_policy: Float32 tensor of the same shape, in nats.
        temperature: Float > 0, in reward per nat.
        log_prior: Float32 tensor of the same shape, or `None`.

    Returns:
        Float32 tensor `(batch,)`.

    Example:

    >>> values = tf.constant([[0.0, 0.0]])
    >>> log_policy = soft_log_policy(values, 1.0)
    >>> round(float(soft_value(values, log_policy, 1.0)[0]), 4)  # log 2
    0.6931

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), equations 9 and 10;
        [Haarnoja et al., 2017](https://arxiv.org/abs/1702.08165), equation 3.
    """
    cost = log_policy if log_prior is None else log_policy - log_prior
    terms = tf.exp(log_policy) * (values - temperature * cost)
    return tf.reduce_sum(terms, axis=-1)
