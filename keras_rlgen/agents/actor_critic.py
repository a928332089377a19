import keras

from keras_rlgen.agents.advantage_agent import AdvantageAgent
from keras_rlgen.agents.algorithms.weighted_ppo import WeightedPPOAgent


@keras.saving.register_keras_serializable("keras_rlgen")
class ActorCritic(AdvantageAgent):
    """Advantage actor-critic (A2C): one update every few steps of many environments.

    The update is that of PPO with one epoch in one minibatch and without clipping:
    TF-Agents' `PPOAgent`. The policy that acted is the one that is updated, so all
    probability ratios are 1 and the gradient is the policy gradient.

    Args:
        actor: Built `keras.Model` from observations to logits `(batch, num_actions)`;
            or, for continuous actions, to means and logarithms of scales
            `(batch, 2 * size)`, see `networks.NormalNetwork` and `networks.FreeScale`.
            With two outputs, the second is the value, and there is no `critic`. Or a
            default network, as in `DQN`: `"mlp"` or `"cnn"`.
        critic: Built `keras.Model` from observations to their value `(batch, 1)`. It
            may share layers with the actor. Both may be recurrent, models of
            `[observation, *states]` to `[output, *states]`, see
            `networks.carried_state`. By default, as the actor, the network of a name.
        environment: As in `PPO`.
        num_environments: Integer, how many are stepped together. Defaults to 8.
        steps_per_update: Integer >= 2, steps of every environment between updates.
            Defaults to 16.
        gamma: Float in (0, 1], the discount factor of an environment step.
        gae_lambda: Float in [0, 1], of the generalised advantage estimate. 1 gives the
            n-step advantage, up to the last collected step.
        entropy_weight: Float >= 0, coefficient of the entropy bonus in the loss.
        value_weight: Float > 0, coefficient of the squared value error in the loss.
        normalize_observations: As in `PPO`.
        normalize_rewards: As in `PPO`.
        normalize_advantages: Whether advantages are normalised to mean 0 and standard
            deviation 1 in every update.
        squash: As in `PPO`.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If a network does not fit the observations or the actions, there
            is no critic, or an argument is out of its range.

    Example:

    ```python
    agent = ActorCritic(actor, critic, environment="CartPole-v1")
    agent.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    agent.fit(epochs=10, steps_per_epoch=1000)
    ```

    Logged in training: as in `PPO`, without `approximate_kl` and `clip_fraction`.

    Reference:
        [Mnih et al., 2016](https://arxiv.org/abs/1602.01783), algorithm S3, with
        synchronous environments; as a case of PPO:
        [Huang et al., 2022](https://arxiv.org/abs/2205.09123).
    """

    def __init__(
        self,
        actor,
        critic=None,
        *,
        environment,
        num_environments=8,
        steps_per_update=16,
        gamma=0.99,
        gae_lambda=0.95,
        entropy_weight=0.0,
        value_weight=0.5,
        normalize_observations=False,
        normalize_rewards=False,
        normalize_advantages=False,
        squash=False,
        seed=None,
        name=None,
    ):
        super().__init__(
            actor,
            critic,
            environment=environment,
            num_environments=num_environments,
            steps_per_update=steps_per_update,
            gamma=gamma,
            gae_lambda=gae_lambda,
            entropy_weight=entropy_weight,
            value_weight=value_weight,
            normalize_observations=normalize_observations,
            normalize_rewards=normalize_rewards,
            squash=squash,
            seed=seed,
            name=name,
        )
        self.normalize_advantages = normalize_advantages
        agent = WeightedPPOAgent(
            normalize_advantages=normalize_advantages,
            initial_adaptive_kl_beta=0.0,
            kl_cutoff_factor=0.0,
            **self._agent_options(),
        )
        self._attach_agent(agent)

    def _update_actor_and_critic(self, experience, weights, policy_state, order):
        return self.tf_agent.train(experience, weights, policy_state=policy_state).extra

    def get_config(self):
        return {
            **super().get_config(),
            "normalize_advantages": self.normalize_advantages,
        }
