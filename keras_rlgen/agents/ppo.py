import keras
import tensorflow as tf

from keras_rlgen.agents.advantage_agent import AdvantageAgent
from keras_rlgen.agents.algorithms.weighted_ppo import (
    PolicyUpdate,
    WeightedPPOClipAgent,
    WeightedPPOKLPenaltyAgent,
)
from keras_rlgen.agents.on_policy_agent import require
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.training.random_streams import stream_seed
from keras_rlgen.training.stateless_random import integers

# Relative tolerance of the KL target, within which the coefficient does not change.
KL_TOLERANCE = 0.3


@keras.saving.register_keras_serializable("keras_rlgen")
class PPO(AdvantageAgent):
    """Proximal policy optimization: several epochs of updates on each batch of steps.

    TF-Agents' `PPOClipAgent`, or `PPOKLPenaltyAgent` with `kl_penalty_target`, on
    Keras 3 models, with `fit`.

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
        environment: A Gymnasium id such as `"CartPole-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, or a function that makes a
            `gymnasium.Env`.
        num_environments: Integer, how many are stepped together. Defaults to 8.
        steps_per_update: Integer, steps of every environment between two rounds of
            updates. Defaults to 128.
        epochs: Integer, passes over the collected steps in a round.
        minibatch_size: Integer, maximum number of frames in an update: an epoch is
            divided into equal parts. For recurrent models, a part is at least one
            environment.
        clip_ratio: Float > 0. The ratio of an action's new probability to its old one
            is clipped to `[1 - clip_ratio, 1 + clip_ratio]`.
        kl_penalty_target: Float > 0, in nats. Instead of clipping, the loss has a
            penalty on the KL divergence of the old from the new policy, whose
            coefficient is adapted after each round to bring the mean divergence to this
            target. Defaults to `None`.
        gamma: Float in (0, 1], the discount factor of an environment step.
        gae_lambda: Float in [0, 1], of the generalised advantage estimate: 0 for
            little variance, 1 for little bias.
        entropy_weight: Float >= 0, coefficient of the entropy bonus in the loss.
        value_weight: Float > 0, coefficient of the squared value error in the loss.
        value_clip: Float > 0, the range around its old value to which a value is
            clipped in the loss. Defaults to `None`, no clipping.
        normalize_observations: Whether observations are normalised to mean 0 and
            standard deviation 1 by all seen so far, and clipped to [-5, 5].
        normalize_rewards: Whether rewards are divided by the standard deviation of
            the discounted returns so far, and clipped to [-10, 10]. Logged returns are
            those of the environment.
        normalize_advantages: Whether advantages are normalised to mean 0 and standard
            deviation 1 in every minibatch.
        squash: Whether `tanh` keeps continuous actions within their bounds. Otherwise
            the environment clips them.
        seed: Integer. The same seed gives the same run.
        name: Name of the model.

    Raises:
        ValueError: If a network does not fit the observations or the actions, there
            is no critic, or an argument is out of its range.

    Example:

    ```python
    actor = keras.Sequential(
        [keras.Input((4,)), Dense(64, "tanh"), Dense(64, "tanh"), Dense(2)]
    )
    critic = keras.Sequential(
        [keras.Input((4,)), Dense(64, "tanh"), Dense(64, "tanh"), Dense(1)]
    )
    agent = PPO(actor, critic, environment="CartPole-v1")
    agent.compile(optimizer=keras.optimizers.Adam(3e-3))
    agent.fit(epochs=8, steps_per_epoch=1024)
    agent.evaluate(episodes=20)
    ```

    Logged in training: `mean_return`, `episode_length` and number (`episodes`) of the
    episodes that ended in the epoch; means over the updates: `policy_loss`;
    `value_loss`, the squared error; `entropy` of the policy, in nats;
    `approximate_kl`, in nats, the KL divergence of the old from the new policy,
    estimated as `mean(r - 1 - log(r))` of the probability ratios `r`; `clip_fraction`,
    the fraction of ratios outside the clip range; `explained_variance`, the fraction of
    the variance of returns that the critic explained before the round, at most 1;
    `environment_steps` since the start, and `environment_steps_per_second` in the
    epoch, updates included.

    The last observation of an episode is not a step: losses and normalisation ignore
    it. A truncated episode bootstraps from its value, a terminated one does not.

    Reference:
        [Schulman et al., 2017](https://arxiv.org/abs/1707.06347), equations 7 and 8;
        advantages: [Schulman et al., 2016](https://arxiv.org/abs/1506.02438);
        estimated divergence: [Schulman, 2020](http://joschu.net/blog/kl-approx.html).
    """

    def __init__(
        self,
        actor,
        critic=None,
        *,
        environment,
        num_environments=8,
        steps_per_update=128,
        epochs=4,
        minibatch_size=256,
        clip_ratio=0.2,
        kl_penalty_target=None,
        gamma=0.99,
        gae_lambda=0.95,
        entropy_weight=0.0,
        value_weight=0.5,
        value_clip=None,
        normalize_observations=False,
        normalize_rewards=False,
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
            gae_lambda=gae_lambda,
            entropy_weight=entropy_weight,
            value_weight=value_weight,
            normalize_observations=normalize_observations,
            normalize_rewards=normalize_rewards,
            squash=squash,
            seed=seed,
            name=name,
        )
        for key, value in {"epochs": epochs, "minibatch_size": minibatch_size}.items():
            is_count = is_integer(value) and value >= 1
            require(is_count, key, value, "to be a positive integer")
        for key, value in {
            "clip_ratio": clip_ratio,
            "kl_penalty_target": kl_penalty_target,
            "value_clip": value_clip,
        }.items():
            is_positive = value is None or (is_number(value) and value > 0.0)
            require(is_positive, key, value, "> 0")
        if minibatch_size == 1 and normalize_advantages:
            raise ValueError(
                "Expected `minibatch_size` of two or more: normalised within a "
                "minibatch of one, every advantage is zero, and the policy never "
                "changes. Received: 1. Make it larger, or set "
                "`normalize_advantages=False`."
            )
        self.epochs = epochs
        self.minibatch_size = minibatch_size
        self.clip_ratio = clip_ratio
        self.kl_penalty_target = kl_penalty_target
        self.value_clip = value_clip
        self.normalize_advantages = normalize_advantages
        self._attach_agent(self._make_tf_agent())

    def _make_tf_agent(self):
        options = {
            **self._agent_options(),
            "value_clipping": self.value_clip,
            "normalize_advantages": self.normalize_advantages,
        }
        if self.kl_penalty_target is None:
            return WeightedPPOClipAgent(
                importance_ratio_clipping=self.clip_ratio, **options
            )
        return WeightedPPOKLPenaltyAgent(
            initial_adaptive_kl_beta=1.0,
            adaptive_kl_target=self.kl_penalty_target,
            adaptive_kl_tolerance=KL_TOLERANCE,
            kl_cutoff_factor=0.0,
            **options,
        )

    @property
    def log_names(self):
        clip_fraction = [] if self.kl_penalty_target else ["clip_fraction"]
        return [*super().log_names, "approximate_kl", *clip_fraction]

    def _random_numbers(self, frames):
        is_recurrent = self.collect_policy.policy_state_spec
        num_environments, length = frames.step_type.shape
        if is_recurrent:
            return (self._minibatch_indices(num_environments, length),)
        return (self._minibatch_indices(num_environments * length),)

    def _update_actor_and_critic(
        self, experience, weights, policy_state, minibatches=None
    ):
        if minibatches is None:
            minibatches = self._minibatch_indices(*weights.shape)
        none = tf.zeros_like(weights[:1])
        weights_or_zero = tf.concat([weights, none], axis=0)

        def body(index, totals):
            chosen = minibatches[index]
            minibatch, state = tf.nest.map_structure(
                lambda x: tf.gather(x, tf.minimum(chosen, x.shape[0] - 1)),
                (experience, policy_state),
            )
            update = self.tf_agent.train(
                minibatch, tf.gather(weights_or_zero, chosen), policy_state=state
            ).extra
            return index + 1, tf.nest.map_structure(tf.add, totals, update)

        count = minibatches.shape[0]
        zeros = PolicyUpdate(*[tf.constant(0.0)] * len(PolicyUpdate._fields))
        _, totals = tf.while_loop(
            lambda index, totals: index < count,
            body,
            (0, zeros),
            maximum_iterations=count,
        )
        if self.kl_penalty_target is not None:
            self.tf_agent.adapt_kl_penalty(experience, weights, policy_state)
        return tf.nest.map_structure(lambda total: total / count, totals)

    def _minibatch_indices(self, num_sequences, length=1):
        """Shuffles sequences of frames into the minibatches of all epochs.

        Returns:
            Int32 tensor `(minibatches, size)` of indices of sequences, each once an
            epoch, padded with `num_sequences`.
        """
        parts = -(-num_sequences * length // self.minibatch_size)
        size = -(-num_sequences // min(parts, num_sequences))
        parts = -(-num_sequences // size)
        seed = stream_seed(self.seed, "minibatches", self._vector_steps)
        numbers = integers((self.epochs, num_sequences), seed, tf.int32.max)
        order = tf.argsort(numbers, axis=-1)
        empty = [[0, 0], [0, parts * size - num_sequences]]
        order = tf.pad(order, empty, constant_values=num_sequences)
        return tf.reshape(order, (self.epochs * parts, size))

    def get_config(self):
        return {
            **super().get_config(),
            "epochs": self.epochs,
            "minibatch_size": self.minibatch_size,
            "clip_ratio": self.clip_ratio,
            "kl_penalty_target": self.kl_penalty_target,
            "value_clip": self.value_clip,
            "normalize_advantages": self.normalize_advantages,
        }
