import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action_of_spec import action_of_spec
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.experience.pair_of_specs import pair_of_specs
from keras_rlgen.experience.spec_config import spec_config, spec_from_config
from keras_rlgen.identifiers import with_objects
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.stateless_random import validated_seed
from keras_rlgen.world_models.dynamics_names import dynamics_of
from keras_rlgen.world_models.held_out_errors import HeldOutErrors
from keras_rlgen.world_models.imagination import Imagination
from keras_rlgen.world_models.k_step_report import k_step_report
from keras_rlgen.world_models.sampled_rows import sampled_rows
from keras_rlgen.world_models.sequences import Sequences, sequence_batches
from keras_rlgen.world_models.world_checks import (
    check_counts,
    check_observation,
    checked_experience,
)
from keras_rlgen.world_models.world_networks import WorldNetworks

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

    Logged by `fit`: `loss`, the sum of the following, each a mean over steps; those of
    the dynamics, such as `dynamics_loss`; `reward_loss`, the squared error of
    standardised rewards; `end_loss`, a cross-entropy in nats in which ends weigh more;
    and, with a decoder, `reconstruction_loss`, a squared error summed over elements.

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

    one_replica_because = (
        "it learns from sequences of recorded experience, which are not divided among "
        "replicas. Use one device."
    )

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
        check_observation(observation_spec)
        TensorEnvironment.__init__(
            self, observation_spec.shape, action_of_spec(action_spec), horizon
        )
        self.seed = seed
        self.hidden, self.latent_dim = tuple(hidden), latent_dim
        self.dynamics = dynamics_of(dynamics)
        self.networks = WorldNetworks(
            self.observation_shape,
            self.action,
            self.dynamics,
            encoder,
            decoder,
            latent_dim,
            hidden,
            seed,
        )
        self.statistics = self.networks.statistics
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
        names = "loss", *self.networks.loss_names
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.imagination = Imagination(self)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.costly_reset = self.networks.encoder is not None
        self.built = True

    def compile(
        self,
        optimizer="adam",
        run_eagerly=False,
        jit_compile="auto",
        steps_per_execution=8,
        **kwargs,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            run_eagerly: As in `keras.Model.compile`.
            jit_compile: Whether updates are compiled with XLA. `"auto"` does so, on
                CPUs too, unless XLA cannot compile a layer of the networks, or takes
                long for what it gains, as for `RecurrentStateSpace`.
            steps_per_execution: As in `keras.Model.compile`.
            **kwargs: As in `GuardedModel.compile`.
        """
        if jit_compile == "auto":
            jit_compile = self.supports_xla and not run_eagerly
        super().compile(
            self._built_optimizer(optimizer, self.trainable_variables),
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
            **kwargs,
        )

    @property
    def supports_xla(self):
        """Whether XLA compiles every layer of the networks, in reasonable time."""
        quickly = self.dynamics.compiles_quickly
        return quickly and all(layer.supports_jit for layer in all_layers(self))

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
        check_counts(window=window, batch_size=batch_size)
        experience = checked_experience(experience, self.specs, "experience")
        callbacks = list(callbacks or [])
        if validation_data is not None:
            validation_data = checked_experience(
                validation_data, self.specs, "validation_data"
            )
            callbacks.insert(0, HeldOutErrors(self, validation_data, window))
        changes = self.statistics.adapt(experience)
        if changes is not None and self.networks.encoder is None:
            self.dynamics.adapt(*changes)
        seed = (self.seed or 0) + int(self._fits)
        starts = experience.transitions().observation
        rows = np.random.default_rng(seed).integers(len(starts), size=NUM_STARTS)
        self.starts.assign(starts[rows])
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
        experience = checked_experience(experience, self.specs, "experience")
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
        return self.networks.spread(
            tf.cast(observations, tf.float32), tf.convert_to_tensor(actions)
        ).numpy()

    def initial_state(self, seed, num_environments):
        return self.inner_state_of(
            sampled_rows(self.starts.value, num_environments, seed)
        )

    def inner_state_of(self, observation):
        """Returns the state of which one observation is known.

        Args:
            observation: Float32 tensor `(B, *observation_shape)`.
        """
        return self.dynamics.start(self.networks.latent(observation))

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
        state, reward, end_probability = self.networks.step(
            inner_state, action, validated_seed(seed)
        )
        return state, reward, end_probability > 0.5

    def observation(self, inner_state):
        """Returns the observation of a state, float32 `(B, *observation_shape)`."""
        return self.networks.decoded(self.dynamics.features(inner_state))

    def train_step(self, data):
        sequences = Sequences(*data)
        variables = self.trainable_variables
        key = tf.cast(self.seed_generator.next(), tf.int32)
        with tf.GradientTape() as tape:
            losses = self.networks.losses_of(sequences, key, training=True)
            losses = {"loss": tf.add_n(list(losses.values())), **losses}
            scaled = self.optimizer.scale_loss(losses["loss"])
        gradients = tape.gradient(scaled, variables)
        self.apply_if_finite("gradient", self.optimizer, variables, gradients, losses)
        for name, value in losses.items():
            self._trackers[name].update_state(value)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return list(self._trackers.values())

    def _require_fitted(self, method):
        if not self.is_fitted.numpy():
            raise ValueError(f"Call `fit(experience)` before `{method}()`.")

    def get_config(self):
        return {
            "specs": [spec_config(spec) for spec in self.specs],
            "dynamics": serialize(self.dynamics),
            "encoder": serialize(self.networks.encoder),
            "decoder": serialize(self.networks.decoder),
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
