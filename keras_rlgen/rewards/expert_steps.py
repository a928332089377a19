import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.experience import TransitionCodec
from keras_rlgen.identifiers import with_objects
from keras_rlgen.training.stateless_random import integers


@keras.saving.register_keras_serializable("keras_rlgen")
class ExpertSteps(keras.layers.Layer):
    """Encodes steps as vectors of observation and action, and holds those of experts.

    Continuous numbers are standardised, one-hot actions are not. Mean and standard
    deviation are fixed once, by the experts' steps and an agent's first ones together
    (`fix_units`). Those of experts alone may hardly vary, and all else would be far
    away in their unit.

    With `absorbing`, vectors end in a flag, 0 for all that happens in an episode. What
    follows a termination is a step of zeros with the flag 1.

    Args:
        codec: `TransitionCodec` that was not adapted.
        num_steps: Integer, how many steps there are.
        following: Whether the vectors of steps are followed by that of the next
            observation and by whether the episode terminated (see `split`).
        absorbing: Whether episodes that terminate go on in an absorbing state.
        num_absorbing: Integer, how many of the experts' steps terminated.

    Call arguments:
        transitions: `Transition` of tensors `(batch, ...)`.

    Returns:
        Their vectors, standardised, float32 `(batch, width)`.

    Attributes:
        vectors: Those of the experts, as they are, a weight.
        step_dim: Integer, the size of the vector of observation and action.
        observation_dim: Integer, the size of the vector of an observation.
        width: Integer, `step_dim`, and with `following` also `observation_dim + 1`.
        noisy: Float32 array `(width,)`: 1 for numbers that noise may be added to, 0 for
            whether the episode terminated.
    """

    def __init__(
        self,
        codec,
        num_steps,
        following=False,
        absorbing=False,
        num_absorbing=0,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.codec = codec
        self.num_steps = num_steps
        self.following = following
        self.absorbing = absorbing
        self.num_absorbing = num_absorbing
        size = codec.input_dim
        self._observation_size = max(
            part.columns.stop
            for name, part in codec.input_parts.items()
            if name.partition("/")[0] == "observation"
        )
        self.step_dim = size + absorbing
        self.observation_dim = self._observation_size + absorbing
        self.width = self.step_dim + following * (self.observation_dim + 1)
        self.noisy = np.ones(self.width, "float32")
        if following:
            self.noisy[-1] = 0.0
        stored = size + following * (self._observation_size + 1)
        self.vectors, self.mean, self.deviation, self.units_are_fixed = (
            self.add_weight(
                shape=shape, initializer=initializer, trainable=False, name=name
            )
            for name, shape, initializer in (
                ("vectors", (num_steps, stored), "zeros"),
                ("mean", (size,), "zeros"),
                ("deviation", (size,), "ones"),
                ("units_are_fixed", (), "zeros"),
            )
        )
        self.built = True

    @classmethod
    def from_experience(cls, experience, specs, following=False, absorbing=False):
        """Returns the steps of an `Experience`.

        Args:
            experience: `keras_rlgen.experience.Experience`.
            specs: Object with the nests of specs `observation` and `action`, such as an
                agent's `specs`.
            following: As in the constructor.
            absorbing: As in the constructor.

        Raises:
            ValueError: If the experience does not fit the specs.
        """
        experience.check(specs.observation, specs.action)
        steps = cls(
            TransitionCodec(specs.observation, specs.action),
            len(experience),
            following,
            absorbing,
            int(experience.terminated.sum()) if absorbing else 0,
        )
        steps.vectors.assign(steps._vectors(experience.transitions()))
        return steps

    def call(self, transitions):
        return self._standardised(self._vectors(transitions))

    def split(self, vectors):
        """Returns what a discriminator and a potential are functions of.

        Args:
            vectors: Float32 tensor `(batch, width)`, with `following`.

        Returns:
            Float32 tensors: observation and action `(batch, step_dim)`, the observation
            and the next one, each `(batch, observation_dim)`, and 1 where the episode
            terminated, else 0, `(batch, 1)`. With `absorbing` nothing terminates.
        """
        step, following, terminated = tf.split(
            vectors, (self.step_dim, self.observation_dim, 1), axis=1
        )
        parts = [step[:, : self._observation_size]]
        if self.absorbing:
            parts.append(step[:, -1:])
        return step, tf.concat(parts, axis=1), following, terminated

    def absorbing_step(self):
        """Returns the vector of a step in the absorbing state, float32 `(1, width)`."""
        step = np.zeros((1, self.width), "float32")
        step[:, self.step_dim - 1] = 1.0
        if self.following:
            step[:, -2] = 1.0
        return tf.constant(step)

    def with_absorbing(self, transitions):
        """Returns the vectors of steps, and of one absorbing step after each end.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.

        Returns:
            Float32 tensor `(batch + terminated, width)`.
        """
        count = tf.reduce_sum(tf.cast(transitions.terminated, tf.int32))
        after = tf.repeat(self.absorbing_step(), count, axis=0)
        return tf.concat([self(transitions), after], axis=0)

    def sample(self, count, key):
        """Samples steps of experts, with replacement, absorbing ones among them.

        Args:
            count: Integer.
            key: Int32 tensor `(2,)` of numbers >= 0.

        Returns:
            Their vectors, standardised, float32 `(count, width)`.
        """
        total = self.num_steps + self.num_absorbing
        chosen = integers((count,), key, np.int32(total))
        recorded = tf.minimum(chosen, self.num_steps - 1)
        steps = self._standardised(tf.gather(self.vectors, recorded))
        if not self.num_absorbing:
            return steps
        is_absorbing = chosen[:, tf.newaxis] >= self.num_steps
        return tf.where(is_absorbing, self.absorbing_step(), steps)

    def fix_units(self, transitions):
        """Fixes the units by the experts' steps and others, half each; only once.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.
        """
        vectors = self._vectors(transitions)[:, : self.codec.input_dim]

        def fix():
            moments = [
                (tf.reduce_mean(x, axis=0), tf.math.reduce_variance(x, axis=0))
                for x in (self.vectors[:, : self.codec.input_dim], vectors)
            ]
            means, variances = (tf.stack(x) for x in zip(*moments, strict=True))
            mean = tf.reduce_mean(means, axis=0)
            between = tf.math.reduce_variance(means, axis=0)
            deviation = tf.sqrt(tf.reduce_mean(variances, axis=0) + between)
            continuous = self._is_continuous()
            self.mean.assign(tf.where(continuous, mean, 0.0))
            scales = continuous & (deviation > 0.0)
            self.deviation.assign(tf.where(scales, deviation, 1.0))
            self.units_are_fixed.assign(1.0)
            return True

        tf.cond(self.units_are_fixed > 0.0, lambda: False, fix)

    def _is_continuous(self):
        kinds = np.zeros(self.codec.input_dim, bool)
        for part in self.codec.input_parts.values():
            kinds[part.columns] = part.kind == "continuous"
        return tf.constant(kinds)

    def _vectors(self, transitions):
        """Returns steps as they are stored: without flags, not standardised."""
        encode = self.codec.encode_inputs
        step = encode(transitions.observation, transitions.action)
        if not self.following:
            return step
        after = encode(transitions.next_observation, transitions.action)
        terminated = tf.cast(transitions.terminated, tf.float32)[:, tf.newaxis]
        return tf.concat([step, after[:, : self._observation_size], terminated], axis=1)

    def _standardised(self, vectors):
        size, observation_size = self.codec.input_dim, self._observation_size
        parts = [(vectors[:, :size] - self.mean) / self.deviation]
        zeros = tf.zeros_like(vectors[:, :1])
        if self.absorbing:
            parts.append(zeros)
        if self.following:
            mean, deviation = (
                x[:observation_size] for x in (self.mean, self.deviation)
            )
            after = (vectors[:, size:-1] - mean) / deviation
            terminated = vectors[:, -1:]
            if self.absorbing:
                after = tf.concat([after * (1.0 - terminated), terminated], axis=1)
                terminated = zeros
            parts += [after, terminated]
        return tf.concat(parts, axis=1)

    def get_config(self):
        codec = keras.saving.serialize_keras_object(self.codec)
        return {
            **super().get_config(),
            "codec": codec,
            "num_steps": self.num_steps,
            "following": self.following,
            "absorbing": self.absorbing,
            "num_absorbing": self.num_absorbing,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "codec"))
