import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.algorithms.n_step import n_step_transition
from keras_rlgen.agents.algorithms.sac_agent import StatelessSacAgent
from keras_rlgen.agents.bridge.reseeded_copy import reseeded_copy
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.bridge.trained_optimizer import TrainedOptimizer
from keras_rlgen.agents.networks.default_networks import (
    HIDDEN,
    default_critic_of_actions,
    network_or_default,
    policy_outputs,
)
from keras_rlgen.agents.networks.normal_network import NormalNetwork
from keras_rlgen.agents.networks.value_network import ValueNetwork
from keras_rlgen.agents.off_policy_agent import OffPolicyAgent
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.agents.policies.warm_up_policy import WarmUpPolicy
from keras_rlgen.agents.value_based_agent import check_target_updates
from keras_rlgen.arguments import check_number, is_number
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.optimizer_group import OptimizerGroup
from keras_rlgen.training.random_streams import stream_seed

tf_agents = import_tf_agents()
serialize = keras.saving.serialize_keras_object


@keras.saving.register_keras_serializable("keras_rlgen")
class SAC(OffPolicyAgent):
    """Soft actor-critic (SAC): off-policy maximum-entropy continuous control.

    TF-Agents' `SacAgent` on Keras 3 models, with `fit`. Two critics learn the value of
    an action, and the smaller of the two is used. The actor is a normal distribution
    squashed by `tanh` between the bounds of the actions. The temperature `alpha`
    weights entropy against return, and is tuned to keep the entropy at its target.

    Args:
        actor: Built `keras.Model` from observations to `(batch, 2 * size)`: means, then
            logarithms of scales, as for `networks.NormalNetwork`. Or a default network:
            `"mlp"`, two hidden layers of 256 units, or `"cnn"`, as in `DQN`.
        critic: Built `keras.Model` of two inputs, observations and actions, to a value
            `(batch, 1)`. For observations that are dicts, the inputs are
            `[{name: ...}, action]`. Or `"mlp"` or `"cnn"`, by default that of the
            actor.
        environment: A Gymnasium id such as `"Pendulum-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, or a function that makes a
            `gymnasium.Env`. Its actions must be continuous, with finite bounds.
        num_environments: Integer, how many are stepped together. Defaults to 1.
        critic_2: The second critic. By default a copy of the first with other initial
            weights.
        gamma: Float in (0, 1], the discount factor of an environment step.
        target_entropy: Float, in nats, of an action in units of half its range, so that
            its own unit does not matter. By default -1 for each element.
        initial_alpha: Float > 0, the initial temperature.
        target_update_tau: Float in (0, 1], how far an update of the target critics
            moves them towards the critics.
        target_update_period: Integer, updates of the critics between two of the target
            critics.
        batch_size: Integer, transitions in an update.
        replay_capacity: Integer, frames in the replay buffer.
        warm_up_steps: Integer, frames in the buffer before the first update. Until then
            actions are sampled uniformly.
        updates_per_step: Float, updates for each environment step.
        collect_steps: As in `DQN`.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If the actions are discrete or unbounded, a network does not fit
            the observations or the actions, or an argument is out of its range.

    Example:

    ```python
    actor = keras.Sequential(
        [keras.Input((3,)), Dense(64, "relu"), Dense(64, "relu"), Dense(2)]
    )
    inputs = [keras.Input((3,)), keras.Input((1,))]
    x = Dense(64, "relu")(keras.layers.Concatenate()(inputs))
    critic = keras.Model(inputs, Dense(1)(Dense(64, "relu")(x)))
    agent = SAC(actor, critic, environment="Pendulum-v1")
    agent.compile(optimizer=keras.optimizers.Adam(1e-3))
    agent.fit(epochs=5, steps_per_epoch=2000)
    agent.evaluate(episodes=20)
    ```

    Logged in training: `mean_return`, `episode_length` and number (`episodes`) of the
    episodes that ended in the epoch; `critic_loss`, half the squared error of both
    critics; `actor_loss`, `alpha` times the log density of an action minus its value;
    `loss`, the sum of these and the loss of the temperature; `alpha`, the temperature;
    `entropy`, in nats and in the unit of `target_entropy`; `mean_q`, the mean over
    replayed steps of the smaller value; `environment_steps` since the start, and
    `environment_steps_per_second` in the epoch, updates included.

    Reference:
        [Haarnoja et al., 2018](https://arxiv.org/abs/1812.05905), equations 5, 7 and
        18. The logarithm of the temperature is learned, and replaces the temperature in
        equation 18.
    """

    update_logs = ("loss", "critic_loss", "actor_loss")

    def __init__(
        self,
        actor,
        critic=None,
        environment=None,
        num_environments=1,
        critic_2=None,
        gamma=0.99,
        target_entropy=None,
        initial_alpha=1.0,
        target_update_tau=0.005,
        target_update_period=1,
        batch_size=256,
        replay_capacity=100_000,
        warm_up_steps=1000,
        updates_per_step=1.0,
        collect_steps=None,
        seed=None,
        name=None,
    ):
        super().__init__(
            environment,
            num_environments,
            batch_size=batch_size,
            replay_capacity=replay_capacity,
            warm_up_steps=warm_up_steps,
            updates_per_step=updates_per_step,
            collect_steps=collect_steps,
            seed=seed,
            name=name,
        )
        if not (is_number(gamma) and 0.0 < gamma <= 1.0):
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        if not (is_number(initial_alpha) and 0.0 < initial_alpha < np.inf):
            raise ValueError(
                f"Expected `initial_alpha` > 0. Received: {initial_alpha!r}"
            )
        check_target_updates(target_update_tau, target_update_period)
        if critic_2 is not None and critic_2 is critic:
            raise ValueError(
                "Expected `critic_2` to be another model than `critic`: the smaller of "
                "two values corrects for overestimation. Received the same instance. "
                "Leave it out for a copy with other initial weights."
            )
        if target_entropy is not None:
            check_number("target_entropy", target_entropy)
        observation, action = self.specs.observation, self.specs.action
        if critic is None:
            critic = _default_critic(actor)
        actor = network_or_default(
            actor,
            "actor",
            observation,
            policy_outputs(action, free_scale=False),
            self.seed,
            HIDDEN,
        )
        critic = default_critic_of_actions(critic, observation, action, self.seed + 50)
        self._actor_network = _actor_network(actor, observation, action)
        self.actor = actor
        self.critic = critic
        check_network("critic", critic)
        if critic_2 is None:
            critic_2 = reseeded_copy(critic, "second critic")
        self.critic_2 = critic_2
        self._critic_networks = [
            ValueNetwork(model, (observation, action))
            for model in (self.critic, self.critic_2)
        ]
        targets = [network.copy() for network in self._critic_networks]
        self.target_critic, self.target_critic_2 = (t.model for t in targets)
        self.target_critic.trainable = self.target_critic_2.trainable = False
        self.gamma = gamma
        self.initial_alpha = initial_alpha
        self.target_update_tau = target_update_tau
        self.target_update_period = target_update_period
        half_range = (action.maximum - action.minimum) / 2.0 * np.ones(action.shape)
        self._log_half_range = float(np.sum(np.log(half_range)))
        if target_entropy is None:
            target_entropy = -float(half_range.size)
        self.target_entropy = target_entropy
        self.log_alpha = keras.Variable(
            np.log(initial_alpha), dtype="float32", name="log_alpha"
        )
        self._trackers = {
            name: keras.metrics.Mean(name) for name in ("alpha", "entropy", "mean_q")
        }
        self._optimizers_in_agent = {
            part: TrainedOptimizer() for part in ("actor", "critic", "alpha")
        }
        agent = StatelessSacAgent(
            self.specs.time_step,
            action,
            critic_network=self._critic_networks[0],
            critic_network_2=self._critic_networks[1],
            target_critic_network=targets[0],
            target_critic_network_2=targets[1],
            actor_network=self._actor_network,
            **{f"{k}_optimizer": v for k, v in self._optimizers_in_agent.items()},
            target_update_tau=target_update_tau,
            target_update_period=target_update_period,
            gamma=gamma,
            target_entropy=target_entropy + self._log_half_range,
            seed=self.seed,
            log_alpha=self.log_alpha.value,
            train_step_counter=self.train_step_counter,
        )
        greedy_policy = tf_agents.policies.greedy_policy.GreedyPolicy(agent.policy)
        explore = WarmUpPolicy(SamplingPolicy(agent.policy), self._is_warming_up)
        self._attach(greedy_policy, explore, agent)

    def _is_warming_up(self):
        made = self._vector_steps * self.num_environments
        held = self.replay_buffer.num_frames()
        return tf.maximum(made, held) < self.warm_up_steps

    @property
    def training_trackers(self):
        return [*super().training_trackers, *self._trackers.values()]

    @property
    def counters(self):
        return {**super().counters, "log_alpha": self.log_alpha.value}

    def compile(
        self,
        optimizer="adam",
        critic_optimizer=None,
        alpha_optimizer=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer of the actor, or its name.
            critic_optimizer: Keras optimizer of both critics. By default a copy of the
                actor's.
            alpha_optimizer: Keras optimizer of the temperature, likewise.
            **kwargs: `reward`, `replay` and others of `OffPolicyAgent.compile`.

        Raises:
            TypeError: If one of them is not a Keras 3 optimizer.
            ValueError: If two of them are the same instance.
        """
        optimizer = checked_optimizer(optimizer)
        critic_optimizer = _own_optimizer(critic_optimizer, [optimizer])
        alpha_optimizer = _own_optimizer(alpha_optimizer, [optimizer, critic_optimizer])
        self.critic_optimizer = critic_optimizer
        self.alpha_optimizer = alpha_optimizer
        super().compile(optimizer, **kwargs)
        self.actor_optimizer = optimizer
        self.optimizer = OptimizerGroup(
            {
                "actor": optimizer,
                "critic": self.critic_optimizer,
                "alpha": self.alpha_optimizer,
            }
        )

    def _serialized_optimizers(self):
        return {
            "optimizer": serialize(self.actor_optimizer),
            "critic_optimizer": serialize(self.critic_optimizer),
            "alpha_optimizer": serialize(self.alpha_optimizer),
        }

    def _connect_optimizer(self, optimizer):
        in_agent = self._optimizers_in_agent
        critics = self.critic, self.critic_2
        in_agent["actor"].set(optimizer, self.actor.trainable_variables)
        in_agent["critic"].set(
            self.critic_optimizer,
            [v for critic in critics for v in critic.trainable_variables],
        )
        in_agent["alpha"].set(self.alpha_optimizer, [self.log_alpha])

    def _update_networks(self, sequences):
        transition = n_step_transition(sequences, self.gamma)
        weights = tf.cast(~transition.time_step.is_last(), tf.float32)
        loss, losses = self.tf_agent.train(transition, weights)
        return {
            "loss": loss,
            "critic_loss": losses.critic_loss,
            "actor_loss": losses.actor_loss,
        }

    def _track(self, sequences):
        steps, action_steps, _ = n_step_transition(sequences, self.gamma)
        _, log_probability = self.tf_agent.actions_and_log_probabilities(
            steps, stream_seed(self.seed, "track", self._vector_steps)
        )
        values = [
            network((steps.observation, action_steps.action))[0]
            for network in self._critic_networks
        ]
        self._trackers["alpha"].update_state(tf.exp(self.log_alpha.value))
        self._trackers["entropy"].update_state(-log_probability - self._log_half_range)
        self._trackers["mean_q"].update_state(tf.minimum(*values))

    def get_config(self):
        return {
            **super().get_config(),
            "actor": serialize(self.actor),
            "critic": serialize(self.critic),
            "critic_2": serialize(self.critic_2),
            "gamma": self.gamma,
            "target_entropy": self.target_entropy,
            "initial_alpha": self.initial_alpha,
            "target_update_tau": self.target_update_tau,
            "target_update_period": self.target_update_period,
        }


def _default_critic(actor):
    if isinstance(actor, str):
        return actor
    raise ValueError(
        "`SAC` expected a `critic`, a model of observations and actions to their value "
        "`(batch, 1)`. Received: None. Pass one, or 'mlp' or 'cnn'."
    )


def _actor_network(actor, observation_spec, action_spec):
    discrete = [s for s in tf.nest.flatten(action_spec) if s.dtype.is_integer]
    if discrete:
        raise ValueError(
            "`SAC` expected continuous actions, of a floating dtype. Received discrete "
            f"ones: {discrete[0]}. Use `DQN`, `CategoricalDQN` or `PPO`."
        )
    return NormalNetwork(actor, observation_spec, action_spec, squash=True)


def _own_optimizer(optimizer, others):
    """Returns an optimizer that is none of `others`, by default a copy of the first."""
    if optimizer is None:
        return type(others[0]).from_config(others[0].get_config())
    optimizer = checked_optimizer(optimizer)
    if any(optimizer is other for other in others):
        raise ValueError(
            "Expected an optimizer each for the actor, the critics and the "
            f"temperature. Received the same instance twice: {optimizer}. Make one for "
            "each, or leave the others out to use copies of the actor's."
        )
    return optimizer
