"""What a stochastic generator's network parameterises."""

import keras
import tensorflow as tf


class OutputDistribution(keras.layers.Layer):
    """Base: turns a network's output into a distribution over samples.

    A subclass builds a TensorFlow Probability distribution in `distribution`, with
    batch shape `(batch,)` and the sample's shape as event shape.

    Attributes:
        exploration: Whether the randomness only serves the learner. If so, the
            generator emits the mode, and the discriminator sees real samples with
            the same randomness added (`perturb`), so that it judges what the mode
            would look like.
        reparameterized: Whether samples carry a gradient to the network.
        has_learned_entropy: Whether training can change the entropy.
        takes_logits: Whether the parameters are logits, so that the network must not
            end in an activation.
        value_range: `(low, high)` of the samples, `None` if the network decides.
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
        """Returns the distribution at another temperature than 1.

        Discrete distributions have their logits divided by it, continuous ones their
        scale multiplied. A subclass that does not override this has one temperature.

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
        """Returns how many discrete variables a sample has, `None` if it has a density.

        Args:
            sample_shape: Tuple, the shape of one sample.
        """
        return None

    def perturb(self, samples, seed):
        """Returns real or emitted samples with the exploration's noise added."""
        return samples

    def advance(self):
        """Counts an update of the generator, for what is scheduled by them."""

    def call(self, parameters, seed, temperature=1.0):
        """Returns what a generator emits, float32 `(batch, ...)`.

        Args:
            parameters: The network's output, `(batch, ...)`.
            seed: Integer tensor of shape `(2,)`.
            temperature: Float or float32 scalar tensor above zero. Modes have none.
        """
        if self.exploration:
            return self.mode(parameters)
        parameters = tf.cast(parameters, tf.float32)
        return self.tempered(parameters, temperature).sample(seed=seed)
