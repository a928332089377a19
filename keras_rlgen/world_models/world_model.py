import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.experience.pair_of_specs import pair_of_specs
from keras_rlgen.experience.spec_config import spec_config, spec_from_config
from keras_rlgen.identifiers import with_objects
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.stateless_random import integers, validated_seed
from keras_rlgen.world_models.action_of_spec import action_of_spec, encoded_action
from keras_rlgen.world_models.dynamics_names import dynamics_of
from keras_rlgen.world_models.held_out_errors import HeldOutErrors
from keras_rlgen.world_models.image_networks import image_decoder, image_encoder
from keras_rlgen.world_models.imagination import Imagination
from keras_rlgen.world_models.k_step_report import k_step_report
from keras_rlgen.world_models.sequences import Sequences, sequence_batches
from keras_rlgen.world_models.step_statistics import StepStatistics

NUM_STARTS = 1024


@keras.saving.register_keras_serializable("keras_rlgen")
class WorldModel(GuardedModel, TensorEnvironment):
    """A learned model of an environment, in which one can act and plan.

    It learns from recorded episodes what follows an observation and an action: the next
    observation, the reward, and whether the episode terminates. It is a
    `TensorEnvironment`: agents train in it by `fit(environment=world)`, and
    `agents.Planner(world, ...)` plans in it. Its episodes begin in observations of the
    training data, and are truncated after `horizon` steps.

    Observations become latents: vectors are standardised; images are encoded. The
    dynamics predict latents, two heads predict rewards and ends from them, and a
    decoder observations.

    Args:
        specs: Object with the attributes `observation` and `action`, such as
            `agent.specs`; or a pair of both. One observation of floats and one action,
            discrete or between bounds.
        dynamics: `Deterministic`, `Ensemble`, `MixtureDensity` or
            `RecurrentStateSpace`, or its name, such as `"ensemble"`, the default.
        encoder: Built Keras model from scaled observations to latents. By default none
            for vectors, and `image_encoder` for images of shape (height, width,
            channels). Images are scaled to [0, 1].
        decoder: Built Keras model from features, `(batch, dynamics.feature_dim)`, to
            scaled observations. By default the mirror of the default encoder, or for
            vectors a perceptron, where one is needed.
        horizon: Integer >= 1, the steps of an imagined episode.
        latent_dim: Integer, the size of the latents of the default encoder of images.
        hidden: Tuple of integers, the units of the hidden layers of the two heads.
        seed: Integer or `None`.
        name: String.

    Attributes:
        dynamics: The `LatentDynamics`.
        is_fitted: Boolean variable.

    Raises:
        TypeError: If `specs` or `dynamics` is something else.
        ValueError: If a spec or a network does not fit, or an argument is out of its
            range.

    Logged by `fit`: `loss`, the sum of the following, of which each is a mean over
    steps; the losses of the dynamics, such as `dynamics_loss`; `reward_loss`, the
    squared error of standardised rewards; `end_loss`, a cross-entropy in nats in which
    ends have a larger weight; and, with a decoder, `reconstruction_loss`, a squared
    error summed over the elements of an observation.

    Example:

    ```python
    train, held_out = agent.record(steps=2000, exploring=True).split(0.8)
    world = WorldModel(agent.specs, dynamics="ensemble")
    world.compile(keras.optimizers.Adam(1e-3))
    world.fit(train, epochs=50, validation_data=held_out)
    world.evaluate(held_out, horizon=16)
    agent.fit(environment=world, epochs=10)
    ```

    Reference:
        [Ha & Schmidhuber, 2018](https://arxiv.org/abs/1803.10122);
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114);
        [Hafner et al., 2023](https://arxiv.org/abs/2301.04104).
    """

    def __init__(
        self,
        specs,
        dynamics="ensemble",
        encoder=None,
        decoder=None,
        horizon=200,
        latent_dim=32,
        hidden=(128, 128),
        seed=None,
        name=None,
    ):
        GuardedModel.__init__(self, name=name)
        self.specs = pair_of_specs(specs)
        observation_spec, action_spec = self.specs
        _check_observation(observation_spec)
        TensorEnvironment.__init__(
            self, observation_spec.shape, action_of_spec(action_spec), horizon
        )
        self.seed = seed
        self.hidden = tuple(hidden)
        self.latent_dim = latent_dim
        self.dynamics = dynamics_of(dynamics)
        self.statistics = StepStatistics(self.observation_shape)
        is_image = self.statistics.is_image
        self.encoder = encoder
        if encoder is None and is_image:
            self.encoder = image_encoder(self.observation_shape, latent_dim)
        self._check_encoder()
        latent_dim = self.statistics.size
        if self.encoder is not None:
            latent_dim = self.encoder.output_shape[-1]
        zeros = tf.zeros((1, *self.action.shape), self.action.dtype)
        action_dim = encoded_action(self.action, zeros).shape[1]
        self.dynamics.connect(latent_dim, action_dim, seed)
        self.decoder = decoder if decoder is not None else self._default_decoder()
        self._check_decoder()
        features = self.dynamics.feature_dim
        self._reward_head, self._end_head = (
            _perceptron(2 * features + action_dim, self.hidden, name)
            for name in ("reward_head", "end_head")
        )
        self.starts = self.add_weight(
            shape=(NUM_STARTS, *self.observation_shape),
            initializer="zeros",
            trainable=False,
            name="starts",
        )
        self.is_fitted = self.add_weight(
            shape=(), dtype="bool", initializer="zeros", trainable=False, name="fitted"
        )
        self._fits = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="fits"
        )
        names = ["loss", *self.dynamics.own_names, "reward_loss", "end_loss"]
        if self.decoder is not None:
            names.append("reconstruction_loss")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.imagination = Imagination(self)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.costly_reset = self.encoder is not None
        self.built = True

    def _default_decoder(self):
        features = self.dynamics.feature_dim
        if self.statistics.is_image:
            return image_decoder(self.observation_shape, features)
        if self.dynamics.reconstructs or self.encoder is not None:
            return _perceptron(features, self.hidden, "decoder", self.statistics.size)
        return None

    def _check_encoder(self):
        if self.encoder is None:
            return
        expected = self.observation_shape
        if not self.statistics.is_image:
            expected = (self.statistics.size,)
        inputs, outputs = self.encoder.input_shape, self.encoder.output_shape
        if tuple(inputs[1:]) != expected or len(outputs) != 2:
            raise ValueError(
                f"Expected `encoder` to map (batch, {', '.join(map(str, expected))}) "
                f"to (batch, latent_dim). Received: {inputs} to {outputs}"
            )

    def _check_decoder(self):
        if self.decoder is None:
            return
        expected = (self.dynamics.feature_dim,)
        inputs, outputs = self.decoder.input_shape, self.decoder.output_shape
        size = int(np.prod(outputs[1:]))
        if tuple(inputs[1:]) != expected or size != self.statistics.size:
            raise ValueError(
                f"Expected `decoder` to map (batch, {expected[0]}), the features of "
                f"the dynamics, to observations {self.observation_shape}. Received: "
                f"{inputs} to {outputs}"
            )

    def compile(self, optimizer="adam", steps_per_execution=8, **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            steps_per_execution: As in `keras.Model.compile`.
            **kwargs: `run_eagerly` and `jit_compile`, as in `keras.Model.compile`.
        """
        optimizer = self._built_optimizer(optimizer, self.trainable_variables)
        super().compile(optimizer, steps_per_execution=steps_per_execution, **kwargs)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["optimizer"] = serialize(self.optimizer)
        return config

    def fit(
        self,
        experience,
        validation_data=None,
        epochs=1,
        steps_per_epoch=None,
        batch_size=256,
        window=8,
        callbacks=None,
        verbose="auto",
    ):
        """Trains on sequences of recorded steps, and adapts to their range.

        Args:
            experience: `Experience`.
            validation_data: `Experience` of other episodes. After each epoch two errors
                of `report` are logged: `val_error` of one step, and
                `val_error_after_window` of as many as a sequence has.
            epochs: Integer.
            steps_per_epoch: Integer, batches in an epoch. By default as many as have a
                sequence for each step of the experience.
            batch_size: Integer, sequences in a batch, sampled with replacement.
            window: Integer >= 1, steps of a sequence. At the end of an episode it is
                shorter.
            callbacks: List of `keras.callbacks.Callback`.
            verbose: As in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If an argument does not fit, or the model was not compiled; the
                weights are those before.
            FloatingPointError: If a loss or a gradient is not finite; the weights are
                those before that update.
        """
        self._check_compiled("fit")
        for name, value in {"window": window, "batch_size": batch_size}.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"Expected `{name}` to be a positive integer. Received: {value!r}"
                )
        experience = self._checked_experience(experience, "experience")
        callbacks = list(callbacks or [])
        if validation_data is not None:
            validation_data = self._checked_experience(
                validation_data, "validation_data"
            )
            callbacks.insert(0, HeldOutErrors(self, validation_data, window))
        changes = self.statistics.adapt(experience)
        if changes is not None and self.encoder is None:
            self.dynamics.adapt(*changes)
        seed = (self.seed or 0) + int(self._fits)
        self._adapt_starts(experience, seed)
        self._fits.assign_add(1)
        self.is_fitted.assign(True)
        return super().fit(
            sequence_batches(experience, window, batch_size, seed),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch or -(-len(experience) // batch_size),
            callbacks=callbacks,
            shuffle=False,
            verbose=verbose,
        )

    def _checked_experience(self, experience, name):
        if not hasattr(experience, "transitions"):
            raise TypeError(
                f"Expected `{name}` to be an `Experience`. Received: {experience!r} of "
                f"type {type(experience).__name__}"
            )
        experience.check(*self.specs)
        return experience

    def _adapt_starts(self, experience, seed):
        observations = experience.transitions().observation
        rows = np.random.default_rng(seed).integers(len(observations), size=NUM_STARTS)
        self.starts.assign(np.asarray(observations[rows], "float32"))

    def evaluate(self, experience, horizon=16, num_samples=16):
        """Measures how predictions differ from held-out episodes.

        Args:
            experience: `Experience` of episodes that were not trained on.
            horizon: Integer >= 1, the steps of open-loop predictions.
            num_samples: Integer >= 2, the predictions for each sequence.

        Returns:
            Dict of floats: those of `k_step_report(...).summary()`.

        Raises:
            ValueError: If the experience does not fit, or the model was not trained.
        """
        return self.report(experience, horizon, num_samples).summary()

    def report(self, experience, horizon=16, num_samples=16):
        """Returns the `KStepReport` of held-out episodes; arguments as `evaluate`."""
        self._require_fitted("evaluate")
        experience = self._checked_experience(experience, "experience")
        return k_step_report(self, experience, horizon, num_samples)

    def imagine(self, policy=None, horizon=None, observations=None, count=16, seed=0):
        """Imagines episodes from given observations.

        Args:
            policy: Callable from observations, float32 `(B, ...)`, to actions, such as
                an agent; or an array of actions `(B, horizon, ...)`. By default random
                actions.
            horizon: Integer >= 1. By default that of the model, or of the actions.
            observations: Array `(B, ...)` to start from. By default `count` of the
                training data. A warning tells how far they are out of its range.
            count: Integer >= 1.
            seed: Integer. The same seed and weights give the same episodes.

        Returns:
            `Imagined` of NumPy arrays.

        Raises:
            ValueError: If an argument does not fit, or the model was not trained.
        """
        self._require_fitted("imagine")
        return self.imagination(policy, horizon, observations, count, seed)

    def distance(self, observations):
        """Returns how far observations are beyond the range of the training data.

        Args:
            observations: Array `(B, ...)`.

        Returns:
            Float32 array `(B,)`, in standard deviations, 0 for those within.
        """
        return self.statistics.distance(tf.cast(observations, tf.float32)).numpy()

    def disagreement(self, observations, actions):
        """Returns how far the predictions of the members of an ensemble are apart.

        Args:
            observations: Array `(B, ...)`.
            actions: Array `(B, ...)`.

        Returns:
            Float32 array `(B,)`, in standard deviations of the changes in the training
            data.

        Raises:
            ValueError: If the dynamics are no ensemble.
        """
        if self.dynamics.members == 1:
            raise ValueError(
                "Expected the dynamics of an `Ensemble`. Received: "
                f"{type(self.dynamics).__name__}, which has nothing to disagree."
            )
        latent = self._latent(tf.cast(observations, tf.float32))
        action = encoded_action(self.action, tf.convert_to_tensor(actions))
        return self.dynamics.spread(latent, action).numpy()

    def initial_state(self, seed, num_environments):
        chosen = integers((num_environments,), seed, NUM_STARTS)
        return self.inner_state_of(tf.gather(self.starts.value, chosen))

    def inner_state_of(self, observation):
        """Returns the state of which one observation is known.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.
        """
        return self.dynamics.start(self._latent(observation))

    def transition(self, inner_state, action, seed):
        """Predicts a step.

        Args:
            inner_state: As `inner_state_of` returns it.
            action: Tensor `(B, *action.shape)`.
            seed: Integer tensor `(2,)`.

        Returns:
            The next state; the reward, float32 `(B,)`; and whether the episode
            terminated, which is true where that has a probability above one half.
        """
        action = encoded_action(self.action, action)
        state = self.dynamics.step(inner_state, action, validated_seed(seed))
        if self.decoder is None:
            state = self.statistics.clip(state)
        before, after = map(self.dynamics.features, (inner_state, state))
        reward, end = self._heads(before, action, after, training=False)
        probability = self.statistics.end_probability(end)
        return state, self.statistics.decode_reward(reward), probability > 0.5

    def observation(self, inner_state):
        """Returns the observation of a state, float32 `(B, *observation_shape)`."""
        return self.decoded(self.dynamics.features(inner_state))

    def decoded(self, features):
        """Returns the observations of features `(B, feature_dim)`."""
        if self.decoder is None:
            return self.statistics.decode(features)
        return self.statistics.decode(self.decoder(features, training=False))

    def _latent(self, observation, training=False):
        encoded = self.statistics.encode(observation)
        if self.encoder is None:
            return encoded
        return self.encoder(encoded, training=training)

    def _heads(self, before, action, after, training):
        """Returns the standardised reward and the logit of an end, each `(B,)`."""
        inputs = tf.concat([before, action, after], axis=1)
        heads = self._reward_head, self._end_head
        return [head(inputs, training=training)[:, 0] for head in heads]

    def call(self, inputs, training=None):
        """Returns the observations that follow observations and actions, a pair."""
        observation, action = inputs
        state = self.inner_state_of(observation)
        state, _, _ = self.transition(state, action, (0, 1))
        return self.observation(state)

    def losses_of(self, sequences, seed, training):
        """Returns the losses of `Sequences`, a dict of scalars."""
        batch, length = sequences.mask.shape
        observations = tf.reshape(sequences.observation, (-1, *self.observation_shape))
        encoded = self.statistics.encode(observations)
        latents = encoded
        if self.encoder is not None:
            latents = self.encoder(encoded, training=training)
        actions = tf.reshape(sequences.action, (-1, *self.action.shape))
        actions = encoded_action(self.action, actions)
        features, losses = self.dynamics.train_on(
            tf.reshape(latents, (batch, length + 1, latents.shape[1])),
            tf.reshape(actions, (batch, length, actions.shape[1])),
            sequences.mask,
            seed,
        )
        if self.decoder is None:
            # Latents are physical: what predicts rewards is not to bend them.
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
            name: _masked_mean(tf.reshape(loss, (batch, length)), sequences.mask)
            for name, loss in losses.items()
        }
        if self.decoder is not None:
            mask = tf.concat([tf.ones((batch, 1)), sequences.mask], axis=1)
            means["reconstruction_loss"] = _masked_mean(
                self._reconstruction(features, latents, encoded, mask, training), mask
            )
        return {"loss": tf.add_n(list(means.values())), **means}

    def _reconstruction(self, features, latents, encoded, mask, training):
        """Returns the errors of decoded features, float32 `(B, L + 1)`."""
        target = tf.reshape(encoded, (-1, self.statistics.size))
        rows = [tf.reshape(features, (-1, features.shape[2]))]
        if not self.dynamics.reconstructs:
            rows.append(latents)
        errors = []
        for row in rows:
            decoded = tf.reshape(self.decoder(row, training=training), target.shape)
            error = tf.math.squared_difference(decoded, target)
            errors.append(tf.reshape(tf.reduce_sum(error, axis=1), mask.shape))
        return tf.add_n(errors) / len(errors)

    def train_step(self, data):
        sequences = Sequences(*data)
        variables = self.trainable_variables
        key = tf.cast(self.seed_generator.next(), tf.int32)
        with tf.GradientTape() as tape:
            losses = self.losses_of(sequences, key, training=True)
            scaled = self.optimizer.scale_loss(losses["loss"])
        gradients = tape.gradient(scaled, variables)
        self.apply_if_finite("gradient", self.optimizer, variables, gradients, losses)
        return self._updated_logs(losses)

    def _updated_logs(self, losses):
        for name, value in losses.items():
            self._trackers[name].update_state(value)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return list(self._trackers.values())

    def get_metrics_result(self):
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    def _require_fitted(self, method):
        if not self.is_fitted.numpy():
            raise ValueError(f"Call `fit(experience)` before `{method}()`.")

    def get_config(self):
        return {
            "specs": [spec_config(spec) for spec in self.specs],
            "dynamics": serialize(self.dynamics),
            "encoder": serialize(self.encoder),
            "decoder": serialize(self.decoder),
            "horizon": self.max_episode_steps,
            "latent_dim": self.latent_dim,
            "hidden": list(self.hidden),
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "dynamics", "encoder", "decoder"
        config = with_objects(config, *keys, custom_objects=custom_objects)
        config["specs"] = tuple(map(spec_from_config, config["specs"]))
        return cls(**config)


def _masked_mean(values, mask):
    return tf.reduce_sum(values * mask) / tf.reduce_sum(mask)


def _perceptron(inputs, hidden, name, outputs=1):
    stack = [keras.Input((inputs,))]
    stack += [layers.Dense(units, "swish") for units in hidden]
    return keras.Sequential([*stack, layers.Dense(outputs)], name=name)


def _check_observation(spec):
    is_one = hasattr(spec, "shape") and hasattr(spec, "dtype")
    if not is_one or not tf.as_dtype(spec.dtype).is_floating or not len(spec.shape):
        raise ValueError(
            "Expected an observation of one array of floats, at least of one axis. "
            f"Received: {spec}. Make one of several by a wrapper of the environment."
        )
