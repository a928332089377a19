import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.losses.gradient_penalty import R1Penalty
from keras_rlgen.rewards.absorbing_return import absorbing_return
from keras_rlgen.rewards.discriminator import KINDS
from keras_rlgen.rewards.expert_steps import ExpertSteps
from keras_rlgen.rewards.imitation_checks import (
    VARIABLE_HORIZON,
    check_experts,
    check_gamma,
    check_network,
)
from keras_rlgen.rewards.reward import Reward
from keras_rlgen.rewards.shaped_logits import shaped_logits
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.keras_internals import build_optimizer
from keras_rlgen.training.stateless_random import integers


@keras.saving.register_keras_serializable("keras_rlgen")
class Imitation(Reward):
    """Rewards steps that a discriminator classifies as an expert's: GAIL.

    The discriminator learns to tell the experts' observations and actions from the
    agent's, in each round in which the agent learns. It sees neither rewards nor, by
    default, the ends of episodes. An agent with a replay buffer has its replayed steps
    rewarded by the discriminator in its current state.

    *Shaping.* With a potential `h`, the logit is `f = g(s, a) + gamma * h(s') - h(s)`,
    where `g` is the discriminator: AIRL's shaped form. AIRL subtracts `log pi(a | s)`
    of the agent's policy too. Agents that act greedily or by values have none, so that
    here, as in discriminator-actor-critic methods, `f` alone is the logit. The agent is
    rewarded by `f`; `unshaped` computes `g`, which does not depend on how the
    environment moves, for use elsewhere.

    *Absorbing states.* With `absorbing`, an episode that terminates goes on forever in
    a state of its own, which the discriminator sees as a step with a flag, of the
    experts as of the agent. The reward of a termination includes that state's
    discounted return (`absorbing_return`), so that neither long nor short episodes are
    favoured. A truncated episode does not end: the agent bootstraps.

    Args:
        discriminator: Built `keras.Model` from vectors of the observation and the
            action (one-hot if discrete), standardised as `ExpertSteps` says, to logits
            `(batch, 1)`; the experts' are high. Without a sigmoid at its end. With
            `absorbing` vectors have one number more, the flag.
        experts: `keras_rlgen.experience.Experience`, the demonstrations.
        specs: The agent's `specs`, or any object with the nests of specs `observation`
            and `action`.
        kind: `"softplus"`, `-log(1 - D)`, which is positive, as in the paper's code;
            `"log_score"`, `log D`, which is negative; or `"logit"`, their sum, as in
            AIRL.
        optimizer: Keras optimizer of the discriminator, or its name.
        updates: Integer >= 1, updates of the discriminator each time the agent learns.
        batch_size: Integer >= 1, steps of each side in an update.
        penalty: Penalty on the discriminator's gradient: `losses.R1Penalty`,
            `losses.GradientPenalty` or `None`. Defaults to `R1Penalty(1.0)`.
        input_noise: Float >= 0, the standard deviation of the normal noise on the
            standardised inputs of both sides in an update.
        variable_horizon: Whether episodes may end by what the agent does. By default
            terminated episodes are refused, the experts' and the agent's.
        shaping: Built `keras.Model` from standardised observations, with `absorbing`
            and a flag, to the potential `h`, `(batch, 1)`. Defaults to `None`, no
            shaping.
        absorbing: Whether episodes that terminate go on in an absorbing state. They may
            then end by what the agent does.
        gamma: Float, the agent's `gamma`, for `shaping` and `absorbing`.
        seed: Integer, of the updates' samples; `None` for a random one.

    Raises:
        TypeError: If `experts` or `penalty` is something else.
        ValueError: If the experts do not fit the specs, the discriminator does not fit
            their vectors, an argument is out of its range, or an episode of the experts
            terminated (an agent's stops the training).

    Example:

    ```python
    experts = expert.record(episodes=4)
    discriminator = keras.Sequential(
        [keras.Input((6,)), Dense(64, "tanh"), Dense(64, "tanh"), Dense(1)]
    )
    agent.compile(Adam(4e-4), reward=Imitation(discriminator, experts, agent.specs))
    agent.fit(epochs=20, steps_per_epoch=1000)
    ```

    With absorbing states, where poles may fall:

    ```python
    reward = Imitation(
        discriminator,  # of 7 numbers
        experts,
        agent.specs,
        absorbing=True,
        gamma=agent.gamma,
    )
    ```

    Logged by the agent: `reward_imitation`; `imitation_loss`, the cross-entropy in nats
    (penalty left out); `imitation_accuracy_expert` and `imitation_accuracy_agent`, the
    fractions of the steps in updates that the discriminator classifies correctly.

    Reference:
        [Ho & Ermon, 2016](https://arxiv.org/abs/1606.03476), algorithm 1; with replayed
        steps and absorbing states
        [Kostrikov et al., 2019](https://arxiv.org/abs/1809.02925), section 4, with the
        closed form of the absorbing return; shaping:
        [Fu et al., 2018](https://arxiv.org/abs/1710.11248), section 6, without the
        policy's log-probability; the choice of rewards and the horizon:
        [Orsini et al., 2021](https://arxiv.org/abs/2106.00672), section 4.
    """

    def __init__(
        self,
        discriminator,
        experts,
        specs=None,
        kind="softplus",
        optimizer="adam",
        updates=8,
        batch_size=256,
        penalty="r1",
        input_noise=0.0,
        variable_horizon=False,
        shaping=None,
        absorbing=False,
        gamma=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if kind not in ("softplus", "log_score", "logit"):
            raise ValueError(
                "Expected `kind` to be 'softplus', 'log_score' or 'logit'. "
                f"Received: {kind!r}"
            )
        for key, value in {"updates": updates, "batch_size": batch_size}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if not (is_number(input_noise) and input_noise >= 0.0):
            raise ValueError(f"Expected `input_noise` >= 0. Received: {input_noise!r}")
        if penalty is not None and penalty != "r1" and not callable(penalty):
            raise TypeError(
                "Expected `penalty` to be 'r1', `losses.R1Penalty`, "
                f"`losses.GradientPenalty` or None. Received: {penalty!r}"
            )
        check_gamma(gamma, shaping, absorbing)
        if not isinstance(experts, ExpertSteps):
            check_experts(experts, specs, variable_horizon or absorbing)
            experts = ExpertSteps.from_experience(
                experts, specs, following=shaping is not None, absorbing=absorbing
            )
        self.experts = experts
        self.discriminator = discriminator
        self.shaping = shaping
        check_network(discriminator, experts.step_dim, "discriminator")
        variables = list(discriminator.trainable_variables)
        if shaping is not None:
            check_network(shaping, experts.observation_dim, "shaping")
            variables += shaping.trainable_variables
        self.gamma = gamma
        self.absorbing = absorbing
        self.kind = kind
        self.optimizer = checked_optimizer(optimizer)
        build_optimizer(self.optimizer, variables)
        self._variables = variables
        self.updates = updates
        self.batch_size = batch_size
        self.penalty = R1Penalty(1.0) if penalty == "r1" else penalty
        self.input_noise = float(input_noise)
        self.variable_horizon = variable_horizon
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.loss_tracker, self.expert_tracker, self.agent_tracker = (
            keras.metrics.Mean(name=f"imitation_{key}")
            for key in ("loss", "accuracy_expert", "accuracy_agent")
        )

    def checks(self, transitions):
        if self.variable_horizon or self.absorbing:
            return []
        error = ValueError(f"An episode of the agent terminated. {VARIABLE_HORIZON}")
        return [(error, ~tf.reduce_any(transitions.terminated))]

    def learn(self, transitions):
        self.experts.fix_units(transitions)
        if self.absorbing:
            steps = self.experts.with_absorbing(transitions)
        else:
            steps = self.experts(transitions)

        def update(index):
            self._update(steps)
            return (index + 1,)

        tf.while_loop(
            lambda index: index < self.updates, update, (0,), parallel_iterations=1
        )

    def _update(self, steps):
        """Makes one update of the discriminator."""
        key = tf.cast(self.seed_generator.next(), tf.int32)
        keys = tf.unstack(tf.abs(tf.random.split(tf.abs(key), 4)))
        size = self.batch_size
        expert = self.experts.sample(size, keys[0])
        chosen = integers((size,), keys[1], tf.shape(steps)[0])
        both = tf.concat([expert, tf.gather(steps, chosen)], axis=0)
        noise = tf.random.stateless_normal(tf.shape(both), keys[2])
        both += self.input_noise * noise * self.experts.noisy
        labels = tf.concat([tf.ones((size,)), tf.zeros((size,))], axis=0)
        with tf.GradientTape() as tape:
            logits = self._logits(both, training=True)
            cross_entropy = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            )
            loss = cross_entropy
            if self.penalty is not None:
                loss += self.penalty(
                    lambda x: self._logits(x, training=True),
                    both[:size],
                    both[size:],
                    keys[3],
                )
        self.optimizer.apply(tape.gradient(loss, self._variables), self._variables)
        self.loss_tracker.update_state(cross_entropy)
        self.expert_tracker.update_state(logits[:size] > 0.0)
        self.agent_tracker.update_state(logits[size:] <= 0.0)

    def _logits(self, steps, training=False):
        """Returns the logits of encoded steps, float32 `(batch,)`."""
        if self.shaping is None:
            return flatten_logits(self.discriminator(steps, training=training))
        step, observation, following, terminated = self.experts.split(steps)
        potential, next_potential = (
            flatten_logits(self.shaping(x, training=training))
            for x in (observation, following)
        )
        logits = flatten_logits(self.discriminator(step, training=training))
        return shaped_logits(
            logits, potential, next_potential, terminated[:, 0], self.gamma
        )

    def call(self, samples, condition=None, training=None):
        reward = KINDS[self.kind](self._logits(self.experts(samples)))
        if not self.absorbing:
            return reward
        after = KINDS[self.kind](self._logits(self.experts.absorbing_step()))
        return absorbing_return(reward, after, samples.terminated, self.gamma)

    def unshaped(self, transitions):
        """Computes `g(s, a)`: the discriminator alone, without the potential.

        It is a reward of its own, of the experts' intention, that may be maximised in
        an environment that moves otherwise.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.

        Returns:
            Float32 tensor `(batch,)`.
        """
        step = self.experts(transitions)[:, : self.experts.step_dim]
        return flatten_logits(self.discriminator(step, training=False))

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "discriminator": serialize(self.discriminator),
            "experts": serialize(self.experts),
            "kind": self.kind,
            "optimizer": serialize(self.optimizer),
            "updates": self.updates,
            "batch_size": self.batch_size,
            "penalty": serialize(self.penalty),
            "input_noise": self.input_noise,
            "variable_horizon": self.variable_horizon,
            "shaping": serialize(self.shaping),
            "absorbing": self.absorbing,
            "gamma": self.gamma,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        keys = "discriminator", "experts", "optimizer", "penalty", "shaping"
        keys = [key for key in keys if key in config]
        return cls(**with_objects(config, *keys))
