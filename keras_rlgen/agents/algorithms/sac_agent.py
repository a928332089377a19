from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.training.random_streams import stream_seed

tf_agents = import_tf_agents()


class StatelessSacAgent(tf_agents.agents.sac.sac_agent.SacAgent):
    """TF-Agents' `SacAgent`, which samples its actions with stateless seeds.

    They depend on the seed, the number of updates and the loss they are sampled for. An
    agent that is saved and loaded thus continues with the same actions.

    Args:
        *args: As those of `SacAgent`.
        seed: Integer.
        log_alpha: `tf.Variable`, a float32 scalar: the logarithm of the temperature,
            in place of the one that `SacAgent` makes.
        **kwargs: As those of `SacAgent`.
    """

    def __init__(self, *args, seed, log_alpha, **kwargs):
        super().__init__(*args, **kwargs)
        self._seed = seed
        self._log_alpha = log_alpha
        self._stream = "loss"

    def actions_and_log_probabilities(self, time_steps, seed, training=False):
        """Samples an action for each time step.

        Args:
            time_steps: `TimeStep` of tensors `(B, ...)`.
            seed: Int32 tensor `(2,)` of numbers >= 0.
            training: Whether the actor is called in training mode.

        Returns:
            Actions `(B, ...)`, and the logarithms of their densities `(B,)`.
        """
        policy = self._train_policy if training else self._policy
        distribution = policy.distribution(time_steps, ()).action
        actions = distribution.sample(seed=seed)
        return actions, distribution.log_prob(actions)

    def _actions_and_log_probs(self, time_steps, training=False):
        seed = stream_seed(self._seed, self._stream, self.train_step_counter)
        return self.actions_and_log_probabilities(time_steps, seed, training)

    def critic_loss(self, *args, **kwargs):
        self._stream = "critic loss"
        return super().critic_loss(*args, **kwargs)

    def actor_loss(self, *args, **kwargs):
        self._stream = "actor loss"
        return super().actor_loss(*args, **kwargs)

    def alpha_loss(self, *args, **kwargs):
        self._stream = "alpha loss"
        return super().alpha_loss(*args, **kwargs)
