import abc

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.layers import EnsembleDense
from keras_rlgen.world_models.latent_dynamics import LatentDynamics
from keras_rlgen.world_models.member_batches import divided, joined


class DenseDynamics(LatentDynamics):
    """Base class of perceptrons from a latent and an action to the change of latents.

    The state is the latent. A subclass says how many numbers the last layer has, and
    what they mean.

    Args:
        hidden: Tuple of integers, the units of the hidden layers.
        activation: Their activation.
        members: Integer >= 1, the number of networks.
        **kwargs: As in `keras.layers.Layer`.
    """

    open_loop = True  # Whether predictions are trained on predictions before them.

    def __init__(self, hidden=(128, 128), activation="swish", members=1, **kwargs):
        super().__init__(**kwargs)
        hidden = tuple(hidden)
        if not all(is_integer(units) and units >= 1 for units in hidden):
            raise ValueError(
                f"Expected `hidden` to be a tuple of integers >= 1. Received: {hidden}"
            )
        self.hidden, self.members = hidden, members
        self.activation = keras.activations.get(activation)

    def connect(self, latent_dim, action_dim, seed):
        self.latent_dim, self.action_dim = latent_dim, action_dim
        self.feature_dim = latent_dim
        seeds = np.random.default_rng(seed).integers(2**31, size=len(self.hidden) + 1)
        layers = [
            EnsembleDense(self.members, units, self.activation, seed=int(own))
            for units, own in zip(self.hidden, seeds, strict=False)
        ]
        last = EnsembleDense(self.members, self.output_dim, seed=int(seeds[-1]))
        self._network = keras.Sequential([*layers, last])
        self._network.build((self.members, None, latent_dim + action_dim))
        self._mean, self._scale = (
            self.add_weight(
                shape=(latent_dim,), initializer=initializer, trainable=False, name=name
            )
            for name, initializer in (("mean", "zeros"), ("scale", "ones"))
        )
        self.built = True

    def adapt(self, mean, scale):
        self._mean.assign(mean)
        self._scale.assign(scale)

    @property
    @abc.abstractmethod
    def output_dim(self):
        """Integer, the numbers of the last layer of each network."""

    @abc.abstractmethod
    def change(self, outputs, seed):
        """Returns the change of the latent, standardised, `(B, latent_dim)`.

        Args:
            outputs: Float32 tensor `(B, output_dim)`.
            seed: Integer tensor `(2,)`; `None` for the mean, without randomness.
        """

    @abc.abstractmethod
    def losses(self, outputs, change):
        """Returns the loss of a change that was observed, float32 `(B,)`.

        Args:
            outputs: Float32 tensor `(B, output_dim)`.
            change: Float32 tensor `(B, latent_dim)`, standardised.
        """

    def outputs(self, latent, action, seed=None):
        """Returns what the networks answer, float32 `(B, output_dim)`.

        Args:
            latent: Float32 tensor `(B, latent_dim)`.
            action: Float32 tensor `(B, action_dim)`.
            seed: As in `keras_rlgen.world_models.member_batches.divided`.
        """
        inputs = tf.concat([latent, action], axis=1)
        outputs = self._network(divided(inputs, self.members, seed))
        return joined(outputs, inputs.shape[0] or tf.shape(inputs)[0], seed)

    def spread(self, latent, action):
        """Returns how far the predictions of the members are apart, float32 `(B,)`.

        The root mean square, over latents, of the standard deviation between members,
        in units of the standard deviation of changes in the training data.

        Args:
            latent: Float32 tensor `(B, latent_dim)`.
            action: Float32 tensor `(B, action_dim)`.
        """
        inputs = tf.concat([latent, action], axis=1)
        inputs = tf.repeat(inputs[tf.newaxis], self.members, axis=0)
        outputs = tf.reshape(self._network(inputs), (-1, self.output_dim))
        changes = self.change(outputs, None)
        changes = tf.reshape(changes, (self.members, -1, self.latent_dim))
        variance = tf.math.reduce_variance(changes, axis=0)
        return tf.sqrt(tf.reduce_mean(variance, axis=1))

    def start(self, latent):
        return latent

    def features(self, state):
        return state

    def step(self, state, action, seed):
        member_seed, seed = tf.unstack(tf.random.split(seed, 2))
        change = self.change(self.outputs(state, action, member_seed), seed)
        return self._after(state, change)

    def _after(self, latent, change):
        return latent + self._mean + self._scale * change

    def train_on(self, latents, actions, seed):
        length = actions.shape[1]
        targets = tf.stop_gradient(latents)
        if not self.open_loop:
            return latents, {"dynamics_loss": self._one_step(latents, actions, targets)}

        latent = latents[:, 0]
        features, losses = [latent], []
        for index in range(length):  # A window is short, and faster unrolled.
            outputs = self.outputs(latent, actions[:, index])
            observed = targets[:, index + 1] - latent - self._mean
            losses.append(self.losses(outputs, observed / self._scale))
            latent = self._after(latent, self.change(outputs, None))
            features.append(latent)
        return tf.stack(features, axis=1), {"dynamics_loss": tf.stack(losses, axis=1)}

    def _one_step(self, latents, actions, targets):
        """Returns the losses `(B, L)` of predictions from what was observed."""
        now, action, following = (
            tf.reshape(x, (-1, x.shape[2]))
            for x in (latents[:, :-1], actions, targets[:, 1:])
        )
        change = (following - now - self._mean) / self._scale
        losses = self.losses(self.outputs(now, action), change)
        return tf.reshape(losses, (-1, actions.shape[1]))

    def get_config(self):
        return {
            **super().get_config(),
            "hidden": list(self.hidden),
            "activation": keras.activations.serialize(self.activation),
        }
