import keras
import tensorflow as tf

from keras_rlgen.agents.algorithms.weighted_means import relative_weights
from keras_rlgen.agents.algorithms.weighted_reinforce import WeightedReinforceAgent
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.on_policy_agent import OnPolicyAgent
from keras_rlgen.returns import discounted_returns

tf_agents = import_tf_agents()
common = tf_agents.utils.common
StepType = tf_agents.trajectories.StepType


@keras.saving.register_keras_serializable("keras_rlgen")
class Reinforce(OnPolicyAgent):
    """REINFORCE: the Monte Carlo policy gradient.

    TF-Agents' `ReinforceAgent` on Keras 3 models, with `fit`.

    The return of a step is the discounted sum of the rewards up to the end of its
    episode. Where the episode was truncated, or has not ended yet, the return
    bootstraps from a `critic`. Without one, returns end at truncations, and the steps
    of unfinished episodes are not learned from: let `steps_per_update` be several times
    the length of an episode.

    Args:
        actor: Built `keras.Model` from observations to logits `(batch, num_actions)`;
            or, for continuous actions, to means and logarithms of scales
            `(batch, 2 * size)`, see `networks.NormalNetwork` and `networks.FreeScale`.
            With two outputs, the second is the value, and there is no `critic`. Or a
            default network, as in `DQN`: `"mlp"` or `"cnn"`.
        critic: Built `keras.Model` from observations to their value `(batch, 1)`, the
            baseline that is subtracted from returns; or `"mlp"` or `"cnn"`. Defaults to
            `None`, no baseline.
        environment: As in `PPO`.
        num_environments: Integer, how many are stepped together. Defaults to 8.
        steps_per_update: Integer >= 2, steps of every environment between updates.
            Defaults to 512.
        gamma: Float in (0, 1], the discount factor of an environment step.
        entropy_weight: Float >= 0, coefficient of the entropy bonus in the loss.
        value_weight: Float > 0, coefficient of the squared value error in the loss.
        normalize_advantages: Whether returns, minus the baseline if there is one, are
            normalised to mean 0 and standard deviation 1 in every update.
        squash: As in `PPO`.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If a network does not fit the observations or the actions, or an
            argument is out of its range.

    Example:

    ```python
    agent = Reinforce(actor, environment="CartPole-v1")
    agent.compile(optimizer=keras.optimizers.Adam(1e-2))
    agent.fit(epochs=20, steps_per_epoch=1024)
    ```

    Logged in training: `mean_return`, `episode_length`, `episodes`,
    `environment_steps` and `environment_steps_per_second` as in `PPO`; and means over
    the updates: `policy_loss`; `entropy` of the policy, in nats; and with a critic
    `value_loss`, the squared error of values.

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696); with a baseline:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        section 13.4, without its factor `gamma^t`.
    """

    needs_critic = False

    def __init__(
        self,
        actor,
        critic=None,
        *,
        environment,
        num_environments=8,
        steps_per_update=512,
        gamma=0.99,
        entropy_weight=0.0,
        value_weight=0.5,
        normalize_advantages=True,
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
            entropy_weight=entropy_weight,
            value_weight=value_weight,
            squash=squash,
            seed=seed,
            name=name,
        )
        self.normalize_advantages = normalize_advantages
        has_critic = self.critic is not None
        self._value_network = self._make_value_network() if has_critic else None
        actor_network = self._make_actor_network()
        for network in filter(None, (actor_network, self._value_network)):
            _require_no_state(network)
        agent = WeightedReinforceAgent(
            self.specs.time_step,
            self.specs.action,
            actor_network=actor_network,
            value_network=self._value_network,
            optimizer=self._optimizer_in_agent,
            value_estimation_loss_coef=float(value_weight),
            gamma=gamma,
            entropy_regularization=float(entropy_weight),
            normalize_advantages=normalize_advantages,
            train_step_counter=self.train_step_counter,
        )
        self._attach_agent(agent)

    @property
    def log_names(self):
        value_loss = [] if self.critic is None else ["value_loss"]
        return ["policy_loss", *value_loss, "entropy"]

    def _improve(self, frames, next_observation, policy_state, order):
        returns, weights = self.returns(frames, next_observation)
        experience, returns, weights = tf.nest.map_structure(
            lambda x: tf.reshape(x, (-1, 1, *x.shape[2:])), (frames, returns, weights)
        )
        entropy = self._entropy(experience, weights)
        info = self.tf_agent.train_on_returns(experience, returns, weights)
        logs = {
            "policy_loss": info.extra.policy_gradient_loss,
            "value_loss": info.extra.value_estimation_loss / self.value_weight,
            "entropy": entropy,
        }
        return {name: logs[name] for name in self.log_names}

    def returns(self, frames, next_observation):
        """Computes the returns of frames and their weights.

        Args:
            frames: `Trajectory` of tensors `(N, T, ...)`.
            next_observation: Nest of tensors `(N, ...)`, those after the frames.

        Returns:
            Two float32 tensors `(N, T)`. The weights have mean 1, and are 0 for the
            last frame of an episode and for an unknown return.
        """
        is_end = frames.next_step_type == StepType.LAST
        counts = frames.step_type != StepType.LAST
        if self.critic is None:
            next_values = tf.zeros_like(frames.reward)
            ends_to_come = tf.cumsum(tf.cast(is_end, tf.int32), axis=1, reverse=True)
            counts &= ends_to_come > 0
        else:
            values, _ = self._value_network(frames.observation)
            value_after, _ = self._value_network(next_observation)
            next_values = tf.concat([values[:, 1:], value_after[:, tf.newaxis]], axis=1)
        returns = discounted_returns(
            frames.reward, self.gamma * frames.discount, next_values, truncated=is_end
        )
        return returns, relative_weights(tf.cast(counts, tf.float32))

    def _entropy(self, experience, weights):
        steps = tf_agents.trajectories.TimeStep(
            experience.step_type,
            experience.reward,
            experience.discount,
            experience.observation,
        )
        distribution = self.tf_agent.collect_policy.distribution(steps, ()).action
        entropy = common.entropy(distribution, self.specs.action, weights.shape.rank)
        if entropy is None:
            entropy = -common.log_probability(
                distribution, experience.action, self.specs.action
            )
        return tf.reduce_mean(weights * entropy)

    def get_config(self):
        return {
            **super().get_config(),
            "normalize_advantages": self.normalize_advantages,
        }


def _require_no_state(network):
    if network.state_spec:
        raise ValueError(
            "`Reinforce` expected models that are not recurrent. Received: "
            f"{network.model.name!r} with the state {network.state_spec}. Use `PPO` or "
            "`ActorCritic`, which learn from sequences."
        )
