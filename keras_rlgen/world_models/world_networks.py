import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_rlgen.world_models.encoded_action import encoded_action
from keras_rlgen.world_models.image_networks import image_decoder, image_encoder
from keras_rlgen.world_models.step_statistics import StepStatistics


class WorldNetworks(keras.layers.Layer):
    """The networks of a `WorldModel`, and their losses.

    Args:
        observation_shape: Tuple.
        action: `DiscreteAction` or `ContinuousAction`.
        dynamics: `LatentDynamics`, not connected yet.
        encoder: As in `WorldModel`.
        decoder: As in `WorldModel`.
        latent_dim: As in `WorldModel`.
        hidden: As in `WorldModel`.
        seed: Integer or `None`.
        name: String.

    Attributes:
        statistics: `StepStatistics`.
        encoder: Keras model or `None`.
        decoder: Keras model or `None`.
        loss_names: List of strings.

    Raises:
        ValueError: If a network does not fit.
    """

    def __init__(
        self,
        observation_shape,
        action,
        dynamics,
        encoder,
        decoder,
        latent_dim,
        hidden,
        seed,
        name="networks",
    ):
        super().__init__(name=name)
        self.observation_shape = tuple(observation_shape)
        self.action = action
        self.dynamics = dynamics
        self.statistics = StepStatistics(observation_shape)
        self._hidden = tuple(hidden)
        self._seeds = seeds = (
            np.random.default_rng(seed).integers(2**31, size=5).tolist()
        )
        if encoder is None and self.statistics.is_image:
            encoder = image_encoder(self.observation_shape, latent_dim, seed=seeds[0])
        self._check_encoder(encoder)
        self.encoder = encoder
        zeros = tf.zeros((1, *action.shape), action.dtype)
        action_dim = encoded_action(action, zeros).shape[1]
        size = self.statistics.size
        latent_dim = size if encoder is None else encoder.output_shape[-1]
        dynamics.connect(latent_dim, action_dim, seeds[1])
        decoder = self._default_decoder() if decoder is None else decoder
        self._check_decoder(decoder)
        self.decoder = decoder
        inputs = 2 * dynamics.feature_dim + action_dim
        self._reward_head, self._end_head = (
            _perceptron(inputs, self._hidden, 1, name, seed)
            for name, seed in (("reward_head", seeds[2]), ("end_head", seeds[3]))
        )
        self.loss_names = [*dynamics.own_names, "reward_loss", "end_loss"]
        if decoder is not None:
            self.loss_names.append("reconstruction_loss")
        self.built = True

    def _default_decoder(self):
        features = self.dynamics.feature_dim
        if self.statistics.is_image:
            return image_decoder(self.observation_shape, features, seed=self._seeds[4])
        if self.dynamics.reconstructs or self.encoder is not None:
            size = self.statistics.size
            hidden = self._hidden
            return _perceptron(features, hidden, size, "decoder", self._seeds[4])
        return None

    def _check_encoder(self, encoder):
        if encoder is None:
            return
        expected = self.observation_shape
        if not self.statistics.is_image:
            expected = (self.statistics.size,)
        inputs, outputs = encoder.input_shape, encoder.output_shape
        if tuple(inputs[1:]) != expected or len(outputs) != 2:
            raise ValueError(
                f"Expected `encoder` to map (batch, {', '.join(map(str, expected))}) "
                f"to (batch, latent_dim). Received: {inputs} to {outputs}"
            )

    def _check_decoder(self, decoder):
        if decoder is None:
            return
        expected = (self.dynamics.feature_dim,)
        inputs, outputs = decoder.input_shape, decoder.output_shape
        size = int(np.prod(outputs[1:]))
        if tuple(inputs[1:]) != expected or size != self.statistics.size:
            raise ValueError(
                f"Expected `decoder` to map (batch, {expected[0]}), the features of "
                f"the dynamics, to observations {self.observation_shape}. Received: "
                f"{inputs} to {outputs}"
            )

    def latent(self, observation, training=False):
        """Returns latents `(B, latent_dim)` of observations."""
        encoded = self.statistics.encode(observation)
        if self.encoder is None:
            return encoded
        return self.encoder(encoded, training=training)

    def decoded(self, features):
        """Returns the observations of features `(B, feature_dim)`."""
        if self.decoder is None:
            return self.statistics.decode(features)
        decoded = self.statistics.clip(self.decoder(features, training=False))
        return self.statistics.decode(decoded)

    def step(self, state, action, seed):
        """Returns the next state, the reward and the probability of an end.

        Args:
            state: State of the dynamics.
            action: Tensor `(B, *action.shape)`.
            seed: Integer tensor `(2,)`.
        """
        action = encoded_action(self.action, action)
        following = self.dynamics.step(state, action, seed)
        if self.decoder is None:
            following = self.statistics.clip(following)
        before, after = map(self.dynamics.features, (state, following))
        reward, end = self._heads(before, action, after, training=False)
        reward = self.statistics.decode_reward(reward)
        return following, reward, self.statistics.end_probability(end)

    def spread(self, observation, action):
        """Returns how far the members of an ensemble are apart, float32 `(B,)`.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.
            action: Tensor `(B, *action.shape)`.
        """
        action = encoded_action(self.action, action)
        return self.dynamics.spread(self.latent(observation), action)

    def _heads(self, before, action, after, training):
        """Returns the standardised reward and the logit of an end, each `(B,)`."""
        inputs = tf.concat([before, action, after], axis=1)
        heads = self._reward_head, self._end_head
        return [head(inputs, training=training)[:, 0] for head in heads]

    def losses_of(self, sequences, seed, training):
        """Computes the losses of sequences of recorded steps.

        Args:
            sequences: `Sequences`.
            seed: Integer tensor `(2,)`.
            training: Boolean.

        Returns:
            Dict from `loss_names` to float32 scalars, means over steps.
        """
        mask = sequences.mask
        batch, length = mask.shape
        encoded = self.statistics.encode(
            tf.reshape(sequences.observation, (-1, *self.observation_shape))
        )
        latents = encoded
        if self.encoder is not None:
            latents = self.encoder(encoded, training=training)
        actions = tf.reshape(sequences.action, (-1, *self.action.shape))
        actions = encoded_action(self.action, actions)
        features, losses = self.dynamics.train_on(
            tf.reshape(latents, (batch, length + 1, latents.shape[1])),
            tf.reshape(actions, (batch, length, actions.shape[1])),
            seed,
        )
        if self.decoder is None:
            # Latents are the observations: rewards are not to change their dynamics.
            features = tf.stop_gradient(features)
        before, after = (
            tf.reshape(x, (-1, features.shape[2]))
            for x in (features[:, :-1], features[:, 1:])
        )
        reward, end = self._heads(before, actions, after, training)
        target = self.statistics.encode_reward(tf.reshape(sequences.reward, [-1]))
        ended = tf.reshape(tf.cast(sequences.terminated, tf.float32), [-1])
        losses["reward_loss"] = tf.math.squared_difference(reward, target)
        losses["end_loss"] = tf.nn.weighted_cross_entropy_with_logits(
            ended, end, self.statistics.end_weight
        )
        means = {
            name: _masked_mean(tf.reshape(loss, (batch, length)), mask)
            for name, loss in losses.items()
        }
        if self.decoder is not None:
            mask = tf.concat([tf.ones((batch, 1)), mask], axis=1)
            errors = self._reconstruction(features, latents, encoded, training)
            means["reconstruction_loss"] = _masked_mean(
                tf.reshape(errors, (batch, length + 1)), mask
            )
        return means

    def _reconstruction(self, features, latents, encoded, training):
        """Returns the errors of decoded features, float32 `(B * (L + 1),)`.

        Where features are latents, those of observations are decoded as well as those
        that were predicted.
        """
        target = tf.reshape(encoded, (-1, self.statistics.size))
        rows = [tf.reshape(features, (-1, features.shape[2]))]
        if not self.dynamics.reconstructs:
            rows.append(latents)
        errors = []
        for row in rows:
            decoded = tf.reshape(self.decoder(row, training=training), target.shape)
            error = tf.math.squared_difference(decoded, target)
            errors.append(tf.reduce_sum(error, axis=1))
        return tf.add_n(errors) / len(errors)


def _masked_mean(values, mask):
    return tf.reduce_sum(values * mask) / tf.reduce_sum(mask)


def _perceptron(inputs, hidden, outputs, name, seed):
    seeds = np.random.default_rng(seed).integers(2**31, size=len(hidden) + 1)
    sizes = [*((units, "swish") for units in hidden), (outputs, None)]
    stack = [keras.Input((inputs,))]
    for (units, activation), own in zip(sizes, seeds.tolist(), strict=True):
        initializer = keras.initializers.GlorotUniform(own)
        stack.append(layers.Dense(units, activation, kernel_initializer=initializer))
    return keras.Sequential(stack, name=name)
