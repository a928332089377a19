import keras
import tensorflow as tf

from keras_rlgen import distributions
from keras_rlgen.identifiers import with_objects


@keras.saving.register_keras_serializable("keras_rlgen")
class StochasticGenerator(keras.Model):
    """A network with an output distribution, a stochastic policy over samples.

    Args:
        network: Built Keras model from an input (latents, a condition) to the
            parameters of the distribution.
        distribution: `"normal"`, `"bernoulli"`, `"categorical"`, or an
            `OutputDistribution` such as `Normal(scale=0.05)`.
        seed: Integer or `None`, the seed of sampling.

    Raises:
        ValueError: If the network is not built, or the distribution is unknown.

    Example:

    ```python
    network = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(4, activation="tanh")]
    )
    policy = StochasticGenerator(network, distribution="normal", seed=0)
    samples, log_probs = policy.sample_with_log_prob(keras.ops.zeros((3, 2)))
    # samples (3, 4); log_probs (3,), in nats, with a gradient to the network
    ```
    """

    def __init__(self, network, distribution="normal", seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not network.built:
            raise ValueError(
                "Expected a built `network`. Start a Sequential model with "
                "`keras.layers.Input(shape)`, or call the network once."
            )
        self.network = network
        self.distribution = distributions.get(distribution)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # A distribution loaded from a file is already built.
        if hasattr(network, "output_shape") and not self.distribution.built:
            self.distribution.build(network.output_shape)
        self.built = True

    def policy(self, inputs, training=None, temperature=1.0):
        """Returns the `tfp.distributions.Distribution` over samples.

        Args:
            inputs: What the network takes, `(batch, ...)`.
            training: Boolean, passed to the network.
            temperature: Float or float32 scalar tensor above zero, 1 for the
                distribution unchanged.
        """
        parameters = tf.cast(self.network(inputs, training=training), tf.float32)
        return self.distribution.tempered(parameters, temperature)

    def sample_with_log_prob(self, inputs, training=None, seed=None):
        """Samples once for each input.

        Args:
            inputs: What the network takes, `(batch, ...)`.
            training: Boolean, passed to the network.
            seed: Integer tensor `(2,)`; by default the generator's own random stream.

        Returns:
            A pair: samples, float32 `(batch, ...)`, without gradient; and
            their log-probabilities in nats, float32 `(batch,)`, differentiable in
            the network's weights.
        """
        policy = self.policy(inputs, training=training)
        samples = tf.stop_gradient(policy.sample(seed=self._key(seed)))
        return samples, policy.log_prob(samples)

    def call(self, inputs, training=None, seed=None, temperature=1.0):
        """Returns output samples, float32 `(batch, ...)`.

        The mode if the randomness is only for exploration, else a sample.
        """
        parameters = self.network(inputs, training=training)
        return self.distribution(
            parameters, seed=self._key(seed), temperature=temperature
        )

    def _key(self, seed):
        if seed is None:
            seed = self.seed_generator.next()
        return tf.cast(seed, tf.int32)

    def get_config(self):
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "distribution": keras.saving.serialize_keras_object(self.distribution),
            "seed": self.seed,
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "network", "distribution", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
