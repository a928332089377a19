import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.autoregressive.causality import check_causality
from keras_rlgen.models.conditions.condition_input import check_condition_input
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.training.guarded_model import serialize

MIN_SCALE = 0.01


@keras.saving.register_keras_serializable("keras_rlgen")
class MADE(LikelihoodModel):
    """An autoregressive model of vectors, a masked network's mixtures of normals.

    MADE is the masked autoencoder for distribution estimation.
    Each number of a vector has a mixture of normal distributions, given the numbers
    before it:

        log p(x | c) = sum_i log sum_k w_ik N(x_i; m_ik, s_ik),
        w, m, s = network(x_1, ..., x_{i-1}, c)

    The density takes one evaluation of the network, a sample as many as there are
    numbers. A standard deviation is at least 0.01, so that numbers that are constant or
    discrete have a density too. Samples should be of the order of 1.

    Args:
        network: Built Keras model from samples `(batch, dim)`, or `[samples,
            condition]`, to `(batch, dim, 3, num_components)`: the logits of the
            weights, the means, and what the standard deviations are softplus of. It may
            not depend on the number itself or later ones: see `masked_network`.
        conditions: What samples are conditioned on, such as `VectorCondition(dim)`, or
            `None`.
        seed: Integer or `None`.
        name: String.

    Raises:
        ValueError: If the network has another input or output, or sees what it may not.

    Example:

    ```python
    network = masked_network(6, condition_dim=5, seed=0)
    model = MADE(network, conditions=VectorCondition(5), seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(targets, inputs, epochs=20)
    model.log_prob(targets, inputs)  # (batch,), nats
    model.generate(len(inputs), condition=inputs)
    ```

    Reference:
        [Germain et al., 2015](https://arxiv.org/abs/1502.03509); mixtures of normal
        distributions: [Uria et al., 2013](https://arxiv.org/abs/1306.0186), equation 7.
    """

    likelihood = "exact"

    def __init__(self, network, conditions=None, seed=None, name=None):
        super().__init__(conditions, seed=seed, name=name)
        self.network = network
        self.sample_shape = self._check_network()
        self.built = True

    def _check_network(self):
        """Checks what the network takes and gives; returns the shape of a sample."""
        shape = getattr(self.network, "input_shape", None)
        if self.has_condition:
            shape = shape[0] if isinstance(shape, list) else None
        output = getattr(self.network, "output_shape", None)
        if (
            not isinstance(shape, tuple)
            or len(shape) != 2
            or output[1:3] != (shape[1], 3)
            or len(output) != 4
        ):
            wanted = "[samples, condition]" if self.has_condition else "samples"
            raise ValueError(
                f"Expected a built network of {wanted}, samples of shape (batch, dim), "
                "to parameters of shape (batch, dim, 3, num_components), such as "
                f"`masked_network(dim)`. Received: input shape {shape}, output shape "
                f"{output}"
            )
        check_condition_input(self.network, self.conditions, "network", "samples")

        def parameters(samples):
            condition = None
            if self.has_condition:
                condition = self.conditions.example(samples.shape[0])
            return self._parameters(samples, condition)

        remedy = "Use `masked_network`."
        check_causality(parameters, shape[1:], (-1.0, 1.0), self.network, remedy)
        return shape[1:]

    def _parameters(self, samples, condition=None, training=False):
        inputs = samples if condition is None else [samples, condition]
        return tf.cast(self.network(inputs, training=training), tf.float32)

    def _log_probs(self, samples, condition, training):
        """Computes the log-density of each number given those before it."""
        logits, means, scales = _mixture(self._parameters(samples, condition, training))
        deviation = (samples[..., tf.newaxis] - means) / scales
        log_normal = -0.5 * (tf.square(deviation) + tf.math.log(2.0 * tf.acos(-1.0)))
        log_normal -= tf.math.log(scales)
        return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=-1)

    def call(self, inputs, training=None):
        """Returns the parameters for samples, or for `[samples, condition]`."""
        samples, condition = inputs if self.has_condition else (inputs, None)
        return self._parameters(samples, condition, bool(training))

    def loss_terms(self, samples, condition, key, training):
        log_probs = self._log_probs(samples, condition, training)
        return {"loss": -tf.reduce_mean(tf.reduce_sum(log_probs, axis=-1))}

    def log_density(self, samples, condition, key):
        return tf.reduce_sum(self._log_probs(samples, condition, False), axis=-1)

    def sample(self, count, key, condition=None, temperature=1.0):
        keys = tf.unstack(tf.random.split(key, 3))
        condition = self._given_or_random(condition, count, keys[2])
        (dim,) = self.sample_shape
        uniforms = tf.random.stateless_uniform((count, dim), keys[0])
        noise = tf.random.stateless_normal((count, dim), keys[1])
        samples = tf.zeros((count, dim))
        for index in range(dim):
            parameters = self._parameters(samples, condition)[:, index]
            logits, means, scales = _mixture(parameters)
            passed = (
                uniforms[:, index, tf.newaxis]
                >= tf.cumsum(tf.nn.softmax(logits / temperature), axis=-1)[:, :-1]
            )
            component = tf.reduce_sum(tf.cast(passed, tf.int32), axis=-1)
            mean, scale = (
                tf.gather(x, component, batch_dims=1) for x in (means, scales)
            )
            value = mean + temperature * scale * noise[:, index]
            samples += value[:, tf.newaxis] * tf.one_hot(index, dim)
        return samples

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        keys = tf.unstack(tf.random.split(key, 2))
        condition = self._given_or_random(condition, count, keys[0])
        samples = self.sample(count, keys[1], condition, temperature)
        return Draw(
            tf.stop_gradient(samples), (), () if condition is None else condition
        )

    def draw_log_prob(self, draw, condition=None, training=None):
        """Computes the log-density of each number, given those before it.

        See `GenerativeModel`.

        Returns:
            Float32 tensor `(count, dim)`, in nats.
        """
        condition = self._drawn_condition(draw, condition)
        return self._log_probs(draw.samples, condition, bool(training))

    @property
    def policy_variables(self):
        return self.network.trainable_variables

    def exported_parts(self):
        return [self.network]

    def get_config(self):
        return {
            "network": serialize(self.network),
            "conditions": serialize(self.conditions),
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "network", "conditions"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))


def _mixture(parameters):
    """Returns logits, means and standard deviations, each `(..., num_components)`."""
    logits, means, scales = tf.unstack(parameters, axis=-2)
    return logits, means, MIN_SCALE + tf.nn.softplus(scales)
