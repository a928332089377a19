import keras

from keras_rlgen import distributions
from keras_rlgen.distributions import Normal
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.conditions.vector_condition import VectorCondition
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.training.guarded_model import serialize

EMITTED = ("mean", "sample")


@keras.saving.register_keras_serializable("keras_rlgen")
class DynamicsNetwork(LikelihoodModel):
    """A network from conditions to a distribution of vectors, without latents.

    The plainest conditional model: `-log p(x | condition)` is minimised, in nats. As
    the model of an `ExperienceGenerator` it predicts what follows an observation and an
    action.

    Args:
        network: Built Keras model from conditions `(batch, condition_dim)` to the
            parameters of the distribution, of the samples' shape.
        distribution: An `OutputDistribution` or its name. By default
            `Normal(1.0, learned=True)`, with a standard deviation for each element.
        emit: What `generate` returns: the `"mean"` of the distribution, or a
            `"sample"`.
        seed: Integer or `None`.
        name: String.

    Raises:
        ValueError: If `emit` is unknown, or the network does not take vectors.

    Example:

    ```python
    network = keras.Sequential(
        [layers.Input((6,)), layers.Dense(64, "relu"), layers.Dense(6)]
    )
    model = DynamicsNetwork(network)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(targets, inputs, epochs=20)
    model.generate(len(inputs), condition=inputs)
    ```

    Reference:
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), section 4, with one
        variance for each element in place of one for each input.
    """

    likelihood = "exact"

    def __init__(self, network, distribution=None, emit="mean", seed=None, name=None):
        if emit not in EMITTED:
            raise ValueError(
                f"Expected `emit` to be one of {EMITTED}. Received: {emit!r}"
            )
        shape = getattr(network, "input_shape", None)
        if not isinstance(shape, tuple) or len(shape) != 2:
            raise ValueError(
                "Expected `network` to be a built model of one input of shape (batch, "
                f"condition_dim). Received: input shape {shape}"
            )
        super().__init__(VectorCondition(shape[1]), seed=seed, name=name)
        self.network = network
        if distribution is None:
            distribution = Normal(1.0, learned=True)
        self.distribution = distributions.get(distribution)
        if not self.distribution.built:
            self.distribution.build(network.output_shape)
        self.emit = emit
        self.sample_shape = tuple(network.output_shape[1:])
        self.value_range = self.distribution.value_range
        self.built = True

    @property
    def is_deterministic(self):
        return self.emit == "mean"

    def call(self, condition, training=None):
        """Returns the parameters of the distribution."""
        return self.network(condition, training=training)

    def _distribution_of(self, condition, training, temperature=1.0):
        return self.distribution.tempered(
            self(condition, training=training), temperature
        )

    def loss_terms(self, samples, condition, key, training):
        log_prob = self._distribution_of(condition, training).log_prob(samples)
        return {"loss": -keras.ops.mean(log_prob)}

    def log_density(self, samples, condition, key):
        return self._distribution_of(condition, False).log_prob(samples)

    def sample(self, count, key, condition=None, temperature=1.0):
        self._require_condition(condition, "generate(n, condition)")
        if self.emit == "mean":
            return self.distribution.mean(self(condition, training=False))
        return self._distribution_of(condition, False, temperature).sample(seed=key)

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        self._require_condition(condition, "draw(n, key, condition)")
        policy = self._distribution_of(condition, training, temperature)
        return Draw(keras.ops.stop_gradient(policy.sample(seed=key)), (), condition)

    def draw_log_prob(self, draw, condition=None, training=None):
        condition = self._drawn_condition(draw, condition)
        return self._distribution_of(condition, training).log_prob(draw.samples)

    @property
    def policy_variables(self):
        return self.trainable_variables

    def get_config(self):
        return {
            "network": serialize(self.network),
            "distribution": serialize(self.distribution),
            "emit": self.emit,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "network", "distribution"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
