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

    Args:
        codec: `TransitionCodec` that was not adapted.
        num_steps: Integer, how many steps there are.

    Call arguments:
        transitions: `Transition` of tensors `(batch, ...)`.

    Returns:
        Their vectors, standardised, float32 `(batch, codec.input_dim)`.

    Attributes:
        vectors: Those of the experts, as they are, a weight `(num_steps, input_dim)`.
    """

    def __init__(self, codec, num_steps, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.codec = codec
        self.num_steps = num_steps
        size = codec.input_dim
        self.vectors, self.mean, self.deviation, self.units_are_fixed = (
            self.add_weight(
                shape=shape, initializer=initializer, trainable=False, name=name
            )
            for name, shape, initializer in (
                ("vectors", (num_steps, size), "zeros"),
                ("mean", (size,), "zeros"),
                ("deviation", (size,), "ones"),
                ("units_are_fixed", (), "zeros"),
            )
        )
        self.built = True

    @classmethod
    def from_experience(cls, experience, specs):
        """Returns the steps of an `Experience`.

        Args:
            experience: `keras_rlgen.experience.Experience`.
            specs: Object with the nests of specs `observation` and `action`, such as an
                agent's `specs`.

        Raises:
            ValueError: If the experience does not fit the specs.
        """
        experience.check(specs.observation, specs.action)
        steps = cls(TransitionCodec(specs.observation, specs.action), len(experience))
        steps.vectors.assign(steps._vectors(experience.transitions()))
        return steps

    def call(self, transitions):
        return self._standardised(self._vectors(transitions))

    def sample(self, count, key):
        """Samples steps of experts, with replacement.

        Args:
            count: Integer.
            key: Int32 tensor `(2,)` of numbers >= 0.

        Returns:
            Their vectors, standardised, float32 `(count, input_dim)`.
        """
        chosen = integers((count,), key, np.int32(self.num_steps))
        return self._standardised(tf.gather(self.vectors, chosen))

    def fix_units(self, transitions):
        """Fixes the units by the experts' steps and others, half each; only once.

        Args:
            transitions: `Transition` of tensors `(batch, ...)`.
        """
        vectors = self._vectors(transitions)

        def fix():
            moments = [
                (tf.reduce_mean(x, axis=0), tf.math.reduce_variance(x, axis=0))
                for x in (tf.convert_to_tensor(self.vectors), vectors)
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
        return self.codec.encode_inputs(transitions.observation, transitions.action)

    def _standardised(self, vectors):
        return (vectors - self.mean) / self.deviation

    def get_config(self):
        codec = keras.saving.serialize_keras_object(self.codec)
        return {**super().get_config(), "codec": codec, "num_steps": self.num_steps}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "codec"))
