import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_rlgen.arguments import is_integer
from keras_rlgen.training.stateless_random import validated_seed
from keras_rlgen.world_models.categorical_latents import (
    categorical_divergence,
    log_probabilities,
    straight_through_sample,
)
from keras_rlgen.world_models.latent_dynamics import LatentDynamics


@keras.saving.register_keras_serializable("keras_rlgen")
class RecurrentStateSpace(LatentDynamics):
    """A recurrent state-space model with categorical latents, as DreamerV3 has it.

    A state is a deterministic part, which a gated recurrent unit carries on, and
    categorical variables that are sampled. Where an observation is known they are
    sampled from the posterior, in imagination from the prior, which is trained to
    predict it. For images, for observations that do not tell everything, and for
    environments where one of several things may happen.

    Losses: `prior_loss`, which trains the prior towards the posterior, and
    `posterior_loss`, which keeps the posterior predictable; each is the same divergence
    with a gradient to one of them, at least `free_nats`. Observations are
    reconstructed from states.

    Args:
        units: Integer, the size of the deterministic part and of hidden layers.
        variables: Integer, the number of categorical variables.
        classes: Integer, the classes of each.
        free_nats: Float >= 0, the divergence in nats below which there is no gradient.
        prior_weight: Float, the weight of `prior_loss`.
        posterior_weight: Float, the weight of `posterior_loss`.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    ```python
    world = WorldModel(agent.specs, dynamics=RecurrentStateSpace(units=128))
    ```

    Reference:
        [Hafner et al., 2023](https://arxiv.org/abs/2301.04104), section 3 and equations
        4 and 5, with Keras' `GRUCell`, layer normalisation and one hidden layer in each
        network.
    """

    reconstructs = True
    own_names = ("prior_loss", "posterior_loss")
    compiles_quickly = False

    def __init__(
        self,
        units=128,
        variables=8,
        classes=8,
        free_nats=1.0,
        prior_weight=1.0,
        posterior_weight=0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        sizes = {"units": units, "variables": variables, "classes": classes}
        for name, value in sizes.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{name}` to be a positive integer. Received: {value!r}"
                )
        if min(free_nats, prior_weight, posterior_weight) < 0.0:
            raise ValueError(
                "Expected `free_nats` and weights >= 0. Received: "
                f"{free_nats}, {prior_weight} and {posterior_weight}"
            )
        self.units, self.variables_count, self.classes = units, variables, classes
        self.free_nats = float(free_nats)
        self.prior_weight = float(prior_weight)
        self.posterior_weight = float(posterior_weight)
        self.latent_size = variables * classes
        self.feature_dim = units + self.latent_size

    def connect(self, latent_dim, action_dim, seed):
        self.latent_dim, self.action_dim = latent_dim, action_dim
        seeds = iter(np.random.default_rng(seed).integers(2**31, size=8).tolist())

        def dense(units, activation=None):
            initializer = keras.initializers.GlorotUniform(next(seeds))
            return layers.Dense(units, activation, kernel_initializer=initializer)

        def logits_network(inputs):
            parts = [dense(self.units), layers.LayerNormalization()]
            parts += [layers.Activation("swish"), dense(self.latent_size)]
            network = keras.Sequential(parts)
            network.build((None, inputs))
            return network

        self._before = keras.Sequential(
            [dense(self.units), layers.LayerNormalization(), layers.Activation("swish")]
        )
        self._before.build((None, self.latent_size + action_dim))
        self._cell = layers.GRUCell(
            self.units,
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
        )
        self._cell.build((None, self.units))
        self._prior = logits_network(self.units)
        self._posterior = logits_network(self.units + latent_dim)
        self.built = True

    def _log_probabilities(self, logits):
        shape = -1, self.variables_count, self.classes
        return log_probabilities(tf.reshape(logits, shape))

    def _posterior_of(self, hidden, latent):
        return self._log_probabilities(
            self._posterior(tf.concat([hidden, latent], axis=1))
        )

    def _carried_on(self, state, action):
        """Returns the deterministic part of the next state."""
        before = self._before(tf.concat([state["sample"], action], axis=1))
        return self._cell(before, [state["hidden"]])[0]

    def _first(self, latent, seed):
        hidden = tf.zeros((tf.shape(latent)[0], self.units))
        hidden = tf.ensure_shape(hidden, (latent.shape[0], self.units))
        sample = straight_through_sample(self._posterior_of(hidden, latent), seed)
        return {"hidden": hidden, "sample": sample}

    def start(self, latent):
        return self._first(latent, tf.constant([0, 1]))

    def step(self, state, action, seed):
        hidden = self._carried_on(state, action)
        prior = self._log_probabilities(self._prior(hidden))
        return {"hidden": hidden, "sample": straight_through_sample(prior, seed)}

    def features(self, state):
        return tf.concat([state["hidden"], state["sample"]], axis=1)

    def train_on(self, latents, actions, seed):
        length, batch = actions.shape[1], actions.shape[0]
        seeds = tf.random.split(validated_seed(seed), length + 1)

        def body(index, state, features, divergences):
            hidden = self._carried_on(state, actions[:, index])
            prior = self._log_probabilities(self._prior(hidden))
            posterior = self._posterior_of(hidden, latents[:, index + 1])
            sample = straight_through_sample(posterior, seeds[index + 1])
            state = {"hidden": hidden, "sample": sample}
            features = features.write(index + 1, self.features(state))
            values = tf.stack(_divergences(posterior, prior), axis=1)
            return index + 1, state, features, divergences.write(index, values)

        # Unlike an unrolled one, a loop compiles in little time.
        state = self._first(latents[:, 0], seeds[0])
        features = tf.TensorArray(
            tf.float32, length + 1, element_shape=(batch, self.feature_dim)
        ).write(0, self.features(state))
        divergences = tf.TensorArray(tf.float32, length, element_shape=(batch, 2))
        _, _, features, divergences = tf.while_loop(
            lambda index, *_: index < length,
            body,
            (0, state, features, divergences),
            maximum_iterations=length,
        )
        losses = tf.maximum(divergences.stack(), self.free_nats)
        prior_loss, posterior_loss = tf.unstack(tf.transpose(losses, (2, 1, 0)))
        return tf.transpose(features.stack(), (1, 0, 2)), {
            "prior_loss": self.prior_weight * prior_loss,
            "posterior_loss": self.posterior_weight * posterior_loss,
        }

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "variables": self.variables_count,
            "classes": self.classes,
            "free_nats": self.free_nats,
            "prior_weight": self.prior_weight,
            "posterior_weight": self.posterior_weight,
        }


def _divergences(posterior, prior):
    """Returns KL(posterior || prior), with a gradient to the prior and the other."""
    return (
        categorical_divergence(tf.stop_gradient(posterior), prior),
        categorical_divergence(posterior, tf.stop_gradient(prior)),
    )
