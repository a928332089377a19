"""Base class of the output distributions."""

import keras
import tensorflow as tf


class OutputDistribution(keras.layers.Layer):
    """Base class: turns a network's output into a distribution over samples.

    Subclasses build a TensorFlow Probability distribution in `tfp_distribution`, with
    batch shape `(batch,)` and the sample's shape as event shape.

    Attributes:
        exploration: Whether the randomness only serves training. If so, the generator
            returns the mode, and the discriminator gets real samples with the same
            noise added (`perturb`), so that the mode is compared with clean samples.
        reparameterized: Whether samples carry a gradient to the network.
        has_learned_entropy: Whether training can change the entropy.
        takes_logits: Whether the parameters are logits, so that the network must not
            end in an activation.
        value_range: `(low, high)` of the samples, `None` if it depends on the network.
    """

    exploration = False
    reparameterized = False
    has_learned_entropy = True
    takes_logits = False
    value_range = None

    def __init__(self, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)

    def tfp_distribution(self, parameters):
        """Returns the `tfp.distributions.Distribution`.

        Args:
            parameters: The network's output, `(batch, ...)`.
        """
        raise NotImplementedError

    def tempered(self, parameters, temperature):
        """Returns the distribution at a temperature.

        It divides the logits of discrete distributions, and multiplies the scale of
        continuous ones. Without an override it has no effect.

        Args:
            parameters: The network's output, float32 `(batch, ...)`.
            temperature: Float or float32 scalar tensor above zero.
        """
        return self.tfp_distribution(parameters)

    def mode(self, parameters):
        """Returns the most likely samples, float32 of the sample's shape."""
        return self.tfp_distribution(tf.cast(parameters, tf.float32)).mode()

    def mean(self, parameters):
        """Returns the mean of samples, float32 of the sample's shape."""
        return self.tfp_distribution(tf.cast(parameters, tf.float32)).mean()

    def num_discrete(self, sample_shape):
        """Returns the number of discrete variables in a sample, `None` for densities.

        Args:
            sample_shape: Tuple, the shape of one sample.
        """
        return None

    def perturb(self, samples, seed):
        """Returns real or generated samples with exploration noise added."""
        return samples

    def plan(self, num_updates):
        """Prepares schedules for a `fit` of as many updates of the generator.

        Args:
            num_updates: Integer.
        """

    def advance(self):
        """Counts an update of the generator, for schedules."""

    def call(self, parameters, seed, temperature=1.0):
        """Returns the generator's output, float32 `(batch, ...)`.

        Args:
            parameters: The network's output, `(batch, ...)`.
            seed: Integer tensor of shape `(2,)`.
            temperature: Float or float32 scalar tensor above zero. Ignored for modes.
        """
        if self.exploration:
            return self.mode(parameters)
        parameters = tf.cast(parameters, tf.float32)
        return self.tempered(parameters, temperature).sample(seed=seed)
