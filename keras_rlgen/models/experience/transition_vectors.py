import numpy as np
import tensorflow as tf

from keras_rlgen.experience import Transition, TransitionCodec
from keras_rlgen.experience.pair_of_specs import pair_of_specs

CONDITIONAL = ("observation", "action")


class TransitionVectors:
    """Transitions as the samples and the conditions of a generative model of vectors.

    Given observation and action, a sample is the targets of a `TransitionCodec` and the
    condition its inputs. Given nothing, a sample is both, and there is no condition.
    Discrete parts and ends are -1 or 1 in samples, so that 0 is the boundary whatever
    noise a model generates.

    Args:
        specs: An object with the attributes `observation` and `action`, nests of specs,
            such as `agent.specs`; or a pair of them.
        given: `("observation", "action")`, or `()` for a joint model.

    Attributes:
        codec: `TransitionCodec`.
        given: Tuple of strings.
        condition_dim: Integer, the size of a condition; 0 if there is none.
        sample_dim: Integer, the size of a sample.

    Raises:
        ValueError: If `given` is neither.
        TypeError: If `specs` is no pair of specs.

    Example:

    >>> from keras_rlgen.experience import ArraySpec
    >>> specs = ArraySpec((4,)), ArraySpec((), "int32", 0, 1)
    >>> vectors = TransitionVectors(specs)
    >>> vectors.condition_dim, vectors.sample_dim
    (6, 6)
    >>> joint = TransitionVectors(specs, given=())
    >>> joint.condition_dim, joint.sample_dim
    (0, 12)
    """

    def __init__(self, specs, given=CONDITIONAL):
        given = tuple(given)
        if given not in (CONDITIONAL, ()):
            raise ValueError(
                f"Expected `given` to be {CONDITIONAL}, or () for a model of whole "
                f"transitions. Received: {given!r}"
            )
        self.given = given
        self.codec = TransitionCodec(*pair_of_specs(specs))
        parts = list(self.codec.output_parts.values())
        if given:
            self.condition_dim = self.codec.input_dim
        else:
            self.condition_dim = 0
            parts = [*self.codec.input_parts.values(), *parts]
        self.sample_dim = sum(part.size for part in parts)
        self._is_discrete = np.concatenate(
            [np.full(p.size, p.kind != "continuous", "float32") for p in parts]
        )

    def encode(self, transition):
        """Returns samples and their conditions.

        Args:
            transition: `Transition` of tensors `(B, ...)`.

        Returns:
            Float32 tensors `(B, sample_dim)`, and `(B, condition_dim)` or `None`.
        """
        inputs, targets = self.codec.encode(transition)
        samples = targets if self.given else tf.concat([inputs, targets], axis=1)
        samples += self._is_discrete * (samples - 1.0)
        return samples, inputs if self.given else None

    def decode(self, samples, observation=None, action=None):
        """Returns the transitions in samples.

        Args:
            samples: Float32 tensor `(B, sample_dim)`.
            observation: Nest of tensors `(B, ...)`, if it is given.
            action: Nest of tensors `(B, ...)`, if it is given.

        Returns:
            `Transition` of tensors `(B, ...)`.
        """
        if not self.given:
            sizes = self.codec.input_dim, self.codec.output_dim
            inputs, samples = tf.split(samples, sizes, axis=1)
            observation, action = self.codec.decode_inputs(inputs)
        return self.codec.decode(observation, action, samples)

    def example(self, count=1):
        """Returns `count` transitions of zeros, to check models and to trace.

        Args:
            count: Integer.
        """
        observation, action = (
            tf.nest.map_structure(
                lambda spec: tf.zeros((count, *spec.shape), spec.dtype), spec
            )
            for spec in self.specs
        )
        flags = tf.zeros((count,))
        return Transition(
            observation, action, flags, observation, tf.cast(flags, tf.bool)
        )

    @property
    def specs(self):
        """Pair of nests of `ArraySpec`: one observation and one action."""
        return self.codec.observation_spec, self.codec.action_spec
