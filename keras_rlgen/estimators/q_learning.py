import keras
import tensorflow as tf

from keras_rlgen import baselines
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.estimators.advantages import check_baseline, latent_advantages
from keras_rlgen.estimators.gradient_estimator import GradientEstimator
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.code_values import code_value_targets
from keras_rlgen.replay.ring_buffer import RingBuffer

EXPLORATIONS = ("softmax", "epsilon_greedy")


@keras.saving.register_keras_serializable("keras_rlgen")
class QLearning(GradientEstimator):
    """Learns the value of each code by regression; the values define the posterior.

    The encoder's logits, times the temperature `t`, are interpreted as values
    `Q_i(x, a)` of code `a` of latent `i`. A sample is an episode of one step: the
    latents are a team of agents that choose their codes simultaneously and share the
    reward `r`, the value of the codes minus a baseline. Chosen codes are stored in a
    replay buffer, and the regression loss

    ```
    L_Q = E[ 1/2 sum_i (y_i - Q_i(x, z_i))^2 ]
    ```

    is minimised on rows sampled from it. The targets `y_i` are
    `losses.code_value_targets`: the reward minus the contributions of the other latents
    according to a target network. The episode has one step, so there is no
    bootstrapping and no discount.

    The loss has no KL term. `softmax(Q_i / t)` is the posterior, and with `t = beta` it
    maximises `E_q[Q] - beta KL(q || uniform)`, the bound, if the values are exact.

    Args:
        num_samples: Integer, the number of codes per sample.
        baseline: `"none"`, `"moving_average"`, `"rloo"`, `"critic"` or a `Baseline`.
            It shifts all values of a sample equally, which does not change the
            posterior.
        temperature: Float > 0, in nats. By default the compiled `beta`.
        exploration: `"softmax"` samples codes from the posterior; `"epsilon_greedy"`
            takes the best code, and a uniform one with probability `epsilon`. Then the
            decoder learns from codes that are not samples of the posterior.
        epsilon: Float in [0, 1].
        replay_capacity: Integer, the number of stored rows of sample, codes and reward.
            Rewards of old rows are from the decoder at that time.
        target_update_tau: Float in (0, 1], the step of the target network towards the
            encoder.
        target_update_period: Integer, updates between steps of the target network.

    Raises:
        ValueError: If a name is unknown or a number out of range.

    Reference:
        Replay and target network: [Mnih et al.,
        2015](https://doi.org/10.1038/nature14236); policies as softmax of values:
        [Haarnoja et al., 2017](https://arxiv.org/abs/1702.08165), equation 6.
    """

    latent_kinds = ("categorical",)
    unbiased = False
    kl = "policy"
    log_names = ("advantage_std", "baseline_loss", "q_loss")

    def __init__(
        self,
        num_samples=4,
        baseline="rloo",
        temperature=None,
        exploration="softmax",
        epsilon=0.1,
        replay_capacity=4096,
        target_update_tau=1.0,
        target_update_period=10,
        name=None,
        **kwargs,
    ):
        super().__init__(num_samples, name=name, **kwargs)
        if exploration not in EXPLORATIONS:
            raise ValueError(
                f"Expected `exploration` to be one of {EXPLORATIONS}. "
                f"Received: {exploration!r}"
            )
        if not (is_number(epsilon) and 0.0 <= epsilon <= 1.0):
            raise ValueError(f"Expected `epsilon` in [0, 1]. Received: {epsilon}")
        if not (is_number(target_update_tau) and 0.0 < target_update_tau <= 1.0):
            raise ValueError(
                f"Expected `target_update_tau` in (0, 1]. Received: {target_update_tau}"
            )
        if not is_integer(target_update_period) or target_update_period < 1:
            raise ValueError(
                "Expected `target_update_period` to be a positive integer. "
                f"Received: {target_update_period!r}"
            )
        if temperature is not None and not (
            is_number(temperature) and temperature > 0.0
        ):
            raise ValueError(
                f"Expected `temperature` > 0. Received: temperature={temperature}. "
                "Leave it out for the weight `beta` of the KL divergence."
            )
        self.baseline = check_baseline(baselines.get(baseline), num_samples)
        self.temperature = temperature
        self.exploration = exploration
        self.epsilon = float(epsilon)
        self.replay = RingBuffer(replay_capacity, name="replay")
        self.target_update_tau = float(target_update_tau)
        self.target_update_period = target_update_period
        self.target_encoder = None
        self.updates = self.add_weight(
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            name="updates",
        )

    def prepare(self, encoder, samples, condition, posterior, beta):
        self.baseline.prepare(samples)
        self.q_temperature = beta if self.temperature is None else self.temperature
        if not isinstance(self.q_temperature, (int, float)) or self.q_temperature <= 0:
            raise ValueError(
                "The posterior of Q-learning is `softmax(Q / temperature)`, of a "
                "temperature above zero, `beta` by default. Received: beta="
                f"{beta!r}. Pass `QLearning(temperature=...)`."
            )
        config = keras.saving.serialize_keras_object(encoder)
        self.target_encoder = keras.saving.deserialize_keras_object(config)
        self.target_encoder.trainable = False
        inputs = samples if condition is None else [samples, condition]
        self.target_encoder(inputs)
        self.target_encoder.set_weights(encoder.get_weights())
        codes = tf.argmax(posterior.mode(), axis=-1, output_type=tf.int32)
        self.replay.prepare(
            tuple(
                c for c in (samples, codes, tf.zeros((1,)), condition) if c is not None
            )
        )

    def draw(self, posterior, seed):
        if self.exploration == "softmax":
            return tf.stop_gradient(posterior.sample(self.num_samples, seed=seed))
        best = tf.repeat(posterior.mode()[None], self.num_samples, axis=0)
        shape, num_codes = tf.shape(best)[:-1], best.shape[-1]
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        explores = tf.random.stateless_uniform(shape, seeds[0]) < self.epsilon
        other = tf.random.stateless_uniform(
            shape, seeds[1], maxval=num_codes, dtype=tf.int32
        )
        return tf.where(explores[..., None], tf.one_hot(other, num_codes), best)

    def loss(self, draws, encoder, posterior_of, seed):
        advantages, logs = latent_advantages(self.baseline, draws)
        rows = self._rows(draws, advantages)
        samples, codes, rewards, *condition = self.replay.draw(
            tf.shape(rows[0])[0], rows, seed
        )
        condition = condition[0] if condition else None

        def q_values(encoder):
            logits = posterior_of(encoder, samples, condition).distribution.logits
            return self.q_temperature * logits

        values = q_values(encoder)
        codes = tf.one_hot(codes, values.shape[-1])
        targets = code_value_targets(
            rewards, codes, q_values(self.target_encoder), self.q_temperature
        )
        errors = targets - tf.reduce_sum(codes * values, axis=-1)
        loss = 0.5 * tf.reduce_mean(tf.reduce_sum(tf.square(errors), axis=-1))
        return loss, {**logs, "q_loss": loss}

    def learn(self, draws, encoder):
        advantages, _ = latent_advantages(self.baseline, draws)
        self.replay.add(self._rows(draws, advantages))
        self.baseline.update(draws.values, draws.samples)
        self.updates.assign_add(1)
        due = tf.equal(self.updates % self.target_update_period, 0)
        share = tf.where(due, self.target_update_tau, 0.0)
        for target, source in zip(
            self.target_encoder.weights, encoder.weights, strict=True
        ):
            rate = tf.cast(share, target.dtype)
            target.assign(rate * source + (1 - rate) * target)

    def _rows(self, draws, advantages):
        """Returns samples, codes, rewards and conditions, `num_samples` of each."""
        codes = tf.argmax(draws.latents, axis=-1, output_type=tf.int32)
        codes = tf.transpose(codes, [1, 0, 2])
        rows = (
            self._repeated(draws.samples),
            tf.reshape(codes, [-1, codes.shape[-1]]),
            tf.reshape(advantages, [-1]),
        )
        if draws.condition is None:
            return rows
        return (*rows, self._repeated(draws.condition))

    def _repeated(self, values):
        return tf.repeat(values, self.num_samples, axis=0)

    def get_config(self):
        return {
            **super().get_config(),
            "baseline": keras.saving.serialize_keras_object(self.baseline),
            "temperature": self.temperature,
            "exploration": self.exploration,
            "epsilon": self.epsilon,
            "replay_capacity": self.replay.capacity,
            "target_update_tau": self.target_update_tau,
            "target_update_period": self.target_update_period,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "baseline"))
