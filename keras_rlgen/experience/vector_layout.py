import numpy as np
import tensorflow as tf

from keras_rlgen.experience.array_spec import ArraySpec
from keras_rlgen.experience.binary_part import BinaryPart
from keras_rlgen.experience.columns import named_leaves
from keras_rlgen.experience.continuous_part import ContinuousPart
from keras_rlgen.experience.discrete_part import DiscretePart
from keras_rlgen.training.stateless_random import validated_seed


class VectorLayout:
    """Which numbers of a float vector are which part of a nest.

    Args:
        spec: Nest of specs, of dicts and tuples: one observation, or one action.
        name: String, what the nest is called.
        start: Integer, where the nest begins in a vector of several.

    Attributes:
        spec: Nest of specs.
        parts: List of `VectorPart`, in the order of `tf.nest.flatten`.
        size: Integer, the numbers in the vector.
        is_continuous: Float32 array `(size,)`: 1 for continuous numbers, 0 for the
            others.

    Example:

    >>> spec = {"choice": ArraySpec((), "int32", 0, 2), "x": ArraySpec((2,))}
    >>> layout = VectorLayout(spec, "observation")
    >>> layout.parts
    [VectorPart('observation/choice', 'discrete', columns=0:3), \
VectorPart('observation/x', 'continuous', columns=3:5)]
    >>> layout.encode({"choice": tf.constant([1]), "x": tf.zeros((1, 2))}).numpy()
    array([[0., 1., 0., 0., 0.]], dtype=float32)
    """

    def __init__(self, spec, name, start=0):
        self.spec, self.name = spec, name
        self.parts = []
        position = start
        for path, part in named_leaves(spec, name, "/{}"):
            self.parts.append(_part(path, part, position))
            position += self.parts[-1].size
        self.size = position - start
        self.is_continuous = np.concatenate(
            [np.full(p.size, p.kind == "continuous", "float32") for p in self.parts]
        )

    def encode(self, nest):
        """Returns a float32 tensor `(B, size)`.

        Args:
            nest: Nest of the spec, of tensors `(B, ...)`.

        Raises:
            ValueError: If the nest has another structure, or parts of other shapes.
        """
        received = named_leaves(nest, self.name, "/{}")
        expected = [part.name for part in self.parts]
        if [name for name, _ in received] != expected:
            raise ValueError(
                f"Expected `{self.name}` to have the parts {expected}, as in the spec. "
                f"Received: {[name for name, _ in received]}"
            )
        pairs = zip(self.parts, received, strict=True)
        return tf.concat([part.encode(x) for part, (_, x) in pairs], axis=1)

    def decode(self, vector, seed=None):
        """Returns a nest of the spec, of tensors `(B, ...)`.

        Args:
            vector: Float32 tensor `(B, size)`; logits where parts are not continuous.
            seed: Integer tensor `(2,)`, for a sample where there are logits. `None`,
                the default, for the most probable.
        """
        vectors = tf.split(vector, [part.size for part in self.parts], axis=1)
        seeds = [None] * len(self.parts)
        if seed is not None:
            # A seed below zero splits into other seeds under XLA.
            seeds = tf.random.split(validated_seed(seed), len(self.parts))
            seeds = tf.unstack(seeds)
        values = [
            part.decode(vector, seed)
            for part, vector, seed in zip(self.parts, vectors, seeds, strict=True)
        ]
        return tf.nest.pack_sequence_as(self.spec, values)


def _part(name, spec, start):
    spec = ArraySpec.from_spec(spec)
    if spec.dtype.is_bool:
        return BinaryPart(name, spec, start)
    if spec.dtype.is_floating or spec.dtype == tf.uint8:
        return ContinuousPart(name, spec, start)
    return DiscretePart(name, spec, start)
