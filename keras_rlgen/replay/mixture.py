import functools
from types import MappingProxyType

import keras
import tensorflow as tf

from keras_rlgen.arguments import check_no_class, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.training.stateless_random import uniform


@keras.saving.register_keras_serializable("keras_rlgen")
class Mixture:
    """Replay that mixes the agent's own steps with those of another source.

    `agent.compile(replay=Mixture(source, ratio=0.5))` makes an agent with a replay
    buffer learn from both. The source may be demonstrations, another agent's
    experience, or what a model of the environment generates.

    Args:
        source: `keras_rlgen.experience.Experience`; or an object with a method
            `sample(num_batches, batch_size, run_length, seed)` of TensorFlow
            operations, which returns sequences of `run_length` frames like the agent's
            replay buffer: a `Trajectory` of tensors
            `(num_batches, batch_size, run_length, ...)`. `seed` is an int32 tensor
            `(2,)`. Its optional attribute `longest_run` is the largest `run_length` it
            supports, or `None`. If its optional attribute `needs_own_steps` is true,
            `sample` gets as `own` the function that samples from the agent's own steps,
            for a source that starts from them. To be saved with the agent it must be
            registered with Keras and have `get_config`.
        ratio: Float in [0, 1], the fraction of each batch that comes from the source,
            rounded to whole sequences; or a `keras.optimizers.schedules` object of the
            steps in the agent's own environment, the probability that a sequence comes
            from the source.

    Attributes:
        trackers: Keras metrics that the agent logs; none here.
        variables: Dict from names to variables that are saved with the agent; none.

    Raises:
        ValueError: If `ratio` is out of its range.
        TypeError: If `source` cannot be sampled from.

    Example:

    ```python
    demonstrations = expert.record(episodes=4)
    agent.compile(replay=Mixture(demonstrations, ratio=0.5))
    ```

    Reference:
        [Ball et al., 2023](https://arxiv.org/abs/2302.02948), section 4.1, for a ratio
        of one half.
    """

    # A subclass whose source is trained overrides these.
    trackers = ()
    variables = MappingProxyType({})

    def __init__(self, source, ratio=0.5):
        if not callable(ratio) and not (is_number(ratio) and 0.0 <= ratio <= 1.0):
            raise ValueError(f"Expected `ratio` in [0, 1]. Received: {ratio!r}")
        check_no_class("source", source)
        if not hasattr(source, "sample") and not hasattr(source, "frames"):
            raise TypeError(
                "Expected `source` to be an `Experience`, or to have a method "
                "`sample(num_batches, batch_size, run_length, seed)`. Received: "
                f"{source!r} of type {type(source).__name__}"
            )
        self.source = source
        self.ratio = ratio

    def sample(self, real, num_batches, batch_size, run_length, seed, steps):
        """Samples sequences from both, inside a graph.

        Args:
            real: Function of `num_batches`, `batch_size`, `run_length` and `seed`,
                which samples from the agent's own steps.
            num_batches: Integer.
            batch_size: Integer.
            run_length: Integer, frames in a sequence.
            seed: Int32 tensor `(2,)` of numbers >= 0. `real` gets this seed unchanged.
            steps: Integer scalar tensor, environment steps so far.

        Returns:
            `Trajectory` of tensors `(num_batches, batch_size, run_length, ...)`.
        """
        other_seed, chance_seed = tf.unstack(tf.random.split(seed, 2))
        own = {"own": real} if getattr(self.source, "needs_own_steps", False) else {}
        other = functools.partial(self.source.sample, seed=other_seed, **own)
        if callable(self.ratio):
            both = [
                real(num_batches, batch_size, run_length, seed),
                other(num_batches, batch_size, run_length),
            ]
            chance = uniform((num_batches, batch_size), chance_seed, 0.0, 1.0)
            return tf.nest.map_structure(
                lambda own, other: tf.where(
                    _like(chance, own) < self.ratio(steps), other, own
                ),
                *both,
            )
        count = round(self.ratio * batch_size)
        parts = []
        if count < batch_size:
            parts.append(real(num_batches, batch_size - count, run_length, seed))
        if count:
            parts.append(other(num_batches, count, run_length))
        return tf.nest.map_structure(lambda *x: tf.concat(x, axis=1), *parts)

    def steps_until_fit(self, environment_steps):
        """Returns `None`: the source is not trained.

        Args:
            environment_steps: Integer, the environment steps so far.
        """
        return None

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        ratio = serialize(self.ratio) if callable(self.ratio) else self.ratio
        return {"source": serialize(self.source), "ratio": ratio}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "source", "ratio"))


def _like(values, x):
    """Returns `values` with axes of size one appended up to the rank of `x`."""
    return tf.reshape(values, values.shape + [1] * (x.shape.rank - values.shape.rank))
