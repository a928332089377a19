import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen")
class Jitter:
    """The agent's own steps with noise added to their observations.

    A control of generated experience: what a generator adds to the agent's own steps
    should be more than noise. Use it as `Mixture(Jitter(0.05), ratio=0.5)`.

    Args:
        scale: Float >= 0, the standard deviation of the normal noise, in standard
            deviations of each number of the sampled observations.

    Raises:
        ValueError: If `scale` is negative.

    Reference:
        [Laskin et al., 2020](https://arxiv.org/abs/2004.14990), section 3.2, where a
        random factor scales observations.
    """

    needs_own_steps = True

    def __init__(self, scale=0.05):
        if not (is_number(scale) and scale >= 0.0):
            raise ValueError(f"Expected `scale` >= 0. Received: {scale!r}")
        self.scale = float(scale)

    def sample(self, num_batches, batch_size, run_length, seed, own):
        """Samples the agent's own sequences of frames and adds the noise.

        Args:
            num_batches: Integer.
            batch_size: Integer.
            run_length: Integer, frames in a sequence.
            seed: Int32 tensor `(2,)` of numbers >= 0.
            own: Function of these arguments that samples the agent's own sequences.

        Returns:
            `Trajectory` of tensors `(num_batches, batch_size, run_length, ...)`.

        Raises:
            ValueError: If a part of the observations is not a float.
        """
        frames = own(num_batches, batch_size, run_length, seed)
        parts = tf.nest.flatten(frames.observation)
        seeds = tf.unstack(tf.random.split(seed, len(parts)))
        parts = [self._with_noise(x, s) for x, s in zip(parts, seeds, strict=True)]
        observation = tf.nest.pack_sequence_as(frames.observation, parts)
        return frames._replace(observation=observation)

    def _with_noise(self, x, seed):
        if not x.dtype.is_floating:
            raise ValueError(
                "`Jitter` adds noise to observations of floats. Received: dtype "
                f"{x.dtype.name}"
            )
        deviation = tf.math.reduce_std(x, axis=(0, 1, 2))
        noise = tf.random.stateless_normal(tf.shape(x), seed, dtype=x.dtype)
        return x + self.scale * deviation * noise

    def get_config(self):
        return {"scale": self.scale}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
