import keras
import tensorflow as tf

from keras_rlgen.experience import Experience
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.losses.gradient_penalty import R1Penalty
from keras_rlgen.rewards.discriminator import KINDS
from keras_rlgen.rewards.expert_steps import ExpertSteps
from keras_rlgen.rewards.reward import Reward
from keras_rlgen.training.stateless_random import integers

VARIABLE_HORIZON = (
    "Where an episode's length depends on the actions, any positive reward favours "
    "long episodes and any negative one short episodes, whatever was learned. Use an "
    "environment with episodes of a fixed length, such as `FixedHorizonCartPole`; or "
    "pass `variable_horizon=True`, and compare with a constant reward."
)


@keras.saving.register_keras_serializable("keras_rlgen")
class Imitation(Reward):
    """Rewards steps that a discriminator classifies as an expert's: GAIL.

    The discriminator learns to tell the experts' observations and actions from the
    agent's, in each round in which the agent learns. It sees neither rewards nor the
    ends of episodes. An agent with a replay buffer has its replayed steps rewarded by
    the discriminator in its current state.

    Args:
        discriminator: Built `keras.Model` from vectors of the observation and the
            action (one-hot if discrete), standardised as `ExpertSteps` says, to logits
            `(batch, 1)`; the experts' are high. Without a sigmoid at its end.
        experts: `keras_rlgen.experience.Experience`, the demonstrations.
        specs: The agent's `specs`, or any object with the nests of specs `observation`
            and `action`.
        kind: `"softplus"`, `-log(1 - D)`, which is positive, as in the paper's code;
            `"log_score"`, `log D`, which is negative; or `"logit"`, their sum.
        optimizer: Keras optimizer of the discriminator, or its name.
        updates: Integer >= 1, updates of the discriminator each time the agent learns.
        batch_size: Integer >= 1, steps of each side in an update.
        penalty: Penalty on the discriminator's gradient: `losses.R1Penalty`,
            `losses.GradientPenalty` or `None`. Defaults to `R1Penalty(1.0)`.
        input_noise: Float >= 0, the standard deviation of the normal noise on the
            standardised inputs of both sides in an update.
        variable_horizon: Whether episodes may end by what the agent does. By default
            terminated episodes are refused, the experts' and the agent's.
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

    Logged by the agent: `reward_imitation`; `imitation_loss`, the cross-entropy in nats
    (penalty left out); `imitation_accuracy_expert` and `imitation_accuracy_agent`, the
    fractions of the steps in updates that the discriminator classifies correctly.

    Reference:
        [Ho & Ermon, 2016](https://arxiv.org/abs/1606.03476), algorithm 1; with replayed
        steps [Kostrikov et al., 2019](https://arxiv.org/abs/1809.02925), without its
        absorbing states; the choice of rewards and the horizon:
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
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if not input_noise >= 0.0:
            raise ValueError(f"Expected `input_noise` >= 0. Received: {input_noise!r}")
        if penalty is not None and penalty != "r1" and not callable(penalty):
            raise TypeError(
                "Expected `penalty` to be 'r1', `losses.R1Penalty`, "
                f"`losses.GradientPenalty` or None. Received: {penalty!r}"
            )
        if not isinstance(experts, ExpertSteps):
            if not isinstance(experts, Experience):
                raise TypeError(
                    "Expected `experts` to be an `Experience`. Received: "
                    f"{experts!r} of type {type(experts).__name__}. Record one by "
                    "`expert.record(episodes=...)`."
                )
            if specs is None:
                raise ValueError(
                    "Expected `specs`, which say what actions there are. Received: "
                    "None. Pass `agent.specs`."
                )
            if experts.terminated.any() and not variable_horizon:
                raise ValueError(
                    "Expected experts whose episodes do not terminate. Received: "
                    f"{int(experts.terminated.sum())} of {experts.num_episodes} that "
                    f"do. {VARIABLE_HORIZON}"
                )
            experts = ExpertSteps.from_experience(experts, specs)
        self.experts = experts
        self.discriminator = discriminator
        self._check_discriminator()
        self.kind = kind
        self.optimizer = keras.optimizers.get(optimizer)
        if not self.optimizer.built:
            self.optimizer.build(discriminator.trainable_variables)
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

    def _check_discriminator(self):
        size = self.experts.codec.input_dim
        try:
            logits = self.discriminator(tf.zeros((2, size)), training=False)
            flatten_logits(logits)
        except Exception as error:
            raise ValueError(
                "Expected a discriminator from vectors of observation and action, "
                f"(batch, {size}), to logits (batch, 1). Its input: "
                f"{getattr(self.discriminator, 'input_shape', 'unknown')}. Error: "
                f"{error}"
            ) from error

    def checks(self, transitions):
        if self.variable_horizon:
            return []
        error = ValueError(f"An episode of the agent terminated. {VARIABLE_HORIZON}")
        return [(error, ~tf.reduce_any(transitions.terminated))]

    def learn(self, transitions):
        self.experts.fix_units(transitions)
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
        both += self.input_noise * noise
        labels = tf.concat([tf.ones((size,)), tf.zeros((size,))], axis=0)
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            logits = flatten_logits(self.discriminator(both, training=True))
            cross_entropy = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            )
            loss = cross_entropy
            if self.penalty is not None:
                loss += self.penalty(
                    lambda x: self.discriminator(x, training=True),
                    both[:size],
                    both[size:],
                    keys[3],
                )
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self.loss_tracker.update_state(cross_entropy)
        self.expert_tracker.update_state(logits[:size] > 0.0)
        self.agent_tracker.update_state(logits[size:] <= 0.0)

    def call(self, samples, condition=None, training=None):
        steps = self.experts(samples)
        logits = flatten_logits(self.discriminator(steps, training=False))
        return KINDS[self.kind](tf.cast(logits, tf.float32))

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
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        keys = "discriminator", "experts", "optimizer", "penalty"
        return cls(**with_objects(config, *keys))
