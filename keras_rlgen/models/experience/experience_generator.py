import keras
import tensorflow as tf

from keras_rlgen.experience import Transition
from keras_rlgen.experience.spec_config import spec_config, spec_from_config
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.experience.balanced_batches import (
    balanced_batches,
    end_odds_ratio,
)
from keras_rlgen.models.experience.corrected_samples import CorrectedSamples
from keras_rlgen.models.experience.error_on_held_out import ErrorOnHeldOut
from keras_rlgen.models.experience.generator_checks import (
    check_discriminator,
    check_experience,
    check_model,
    check_noise,
)
from keras_rlgen.models.experience.transition_model import TransitionModel
from keras_rlgen.models.experience.transition_vectors import (
    CONDITIONAL,
    TransitionVectors,
)
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class ExperienceGenerator(TransitionModel):
    """Generates the transitions of an environment, by a generative model of any family.

    The model learns what follows an observation and an action: the difference to the
    next observation, the reward and whether the episode terminates, as the vectors of a
    `TransitionCodec`. Truncations are not learned as ends. Continuous numbers that it
    generates are clipped to the range of the training data.

    As a source of replay: `replay.Synthetic(generator)`; as an environment:
    `environments.GeneratedEnvironment(generator, starts)`; several of them:
    `ExperienceEnsemble(generator)`.

    Args:
        model: `GenerativeModel` of vectors `(sample_dim,)`, conditioned on
            `VectorCondition(condition_dim)`: a `ConditionalGAN`, a `VAE`, a `RealNVP`,
            a `MADE` or a `DynamicsNetwork`. The sizes are those of
            `TransitionVectors(specs, given)`.
        specs: Object with the attributes `observation` and `action`, nests of specs,
            such as `agent.specs`; or a pair of them.
        given: `("observation", "action")`, the default; or `()` for a model without
            condition, which generates observations and actions too.
        end_fraction: Float in [0, 1), the least part of each training batch that is the
            end of an episode, since ends are rare. What the model generates is
            corrected for it by rejection: of four candidates the first is taken that is
            no end, or an end that is accepted with a probability of one by the factor
            by which batches raise the odds of ends. 0 leaves batches as the data are.
            Defaults to 0.2.
        noise: Float >= 0, the standard deviation of the normal noise added to samples
            in training, in standard deviations of the data. A flow needs some, such as
            0.05: it has no density for values that are constant or discrete. Defaults
            to 0.
        seed: Integer or `None`, the seed of training batches and of `evaluate`.
        name: String.

    Attributes:
        model: The `GenerativeModel`.
        codec: `TransitionCodec`, adapted to the training data by each `fit`.
        is_fitted: Boolean variable.

    Raises:
        TypeError: If `model` is no generative model.
        ValueError: If its samples or condition have other sizes, or an argument is out
            of its range.

    Example:

    ```python
    experience = agent.record(steps=1000, exploring=True)
    train, held_out = experience.split(0.8)
    network = keras.Sequential(
        [layers.Input((6,)), layers.Dense(64, "relu"), layers.Dense(6)]
    )
    generator = ExperienceGenerator(DynamicsNetwork(network), agent.specs)
    generator.compile(keras.optimizers.Adam(1e-3))
    generator.fit(train, epochs=20, validation_data=held_out)
    generator.evaluate(held_out)
    generator.generate(observations, actions, seed=0).next_observation
    ```

    Reference:
        [Sutton, 1991](https://doi.org/10.1145/122344.122377) (Dyna); without condition:
        [Lu et al., 2023](https://arxiv.org/abs/2303.06614) (SynthER).
    """

    def __init__(
        self,
        model,
        specs,
        given=CONDITIONAL,
        end_fraction=0.2,
        noise=0.0,
        seed=None,
        name=None,
    ):
        super().__init__(name=name)
        self._vectors = TransitionVectors(specs, given)
        check_model(model, self._vectors)
        check_noise(end_fraction, noise)
        self.model = model
        self.codec = self._vectors.codec
        self.given = self._vectors.given
        self.end_fraction = float(end_fraction)
        self.noise = float(noise)
        self.seed = seed
        self._samples = CorrectedSamples(self._vectors.sample_dim)
        self.is_fitted = self.add_weight(
            shape=(), dtype="bool", initializer="zeros", trainable=False, name="fitted"
        )
        self._fits = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="fits"
        )
        self._attach()

    def compile(self, *args, **kwargs):
        """Configures training, as the model's `compile` does.

        Args:
            *args: Passed to `model.compile`.
            **kwargs: Passed to `model.compile`.
        """
        self.model.compile(*args, **kwargs)
        self.compiled = True

    def get_compile_config(self):
        return self.model.get_compile_config()

    def compile_from_config(self, config):
        self.model.compile_from_config(config)
        self.compiled = True

    @property
    def loss_names(self):
        """List of the names of the losses and others that `fit` logs."""
        return [tracker.name for tracker in self.model.training_trackers]

    @property
    def num_fits(self):
        """Int32 variable, how often `fit` was called."""
        return self._fits

    @property
    def training_variables(self):
        """List of all variables of the model and its optimizer."""
        return [*self.variables, *self.model.optimizer.variables]

    @property
    def specs(self):
        return self._vectors.specs

    def fit(
        self,
        experience,
        validation_data=None,
        epochs=1,
        steps_per_epoch=None,
        batch_size=256,
        callbacks=None,
        verbose="auto",
    ):
        """Trains the model, and adapts the codec to the training data.

        Args:
            experience: `Experience`.
            validation_data: `Experience` of other episodes. After each epoch, its
                `error` as in `evaluate` is logged as `val_error`. For a model with a
                condition.
            epochs: Integer.
            steps_per_epoch: Integer, batches in an epoch. By default as many as go once
                over the data.
            batch_size: Integer, steps in a batch, sampled with replacement.
            callbacks: List of `keras.callbacks.Callback`.
            verbose: As in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If the experience does not fit the specs, or the model was not
                compiled; the weights are those before.
            FloatingPointError: If a loss or a gradient is not finite; the weights are
                those before that update.
        """
        if not self.compiled:
            raise ValueError("Call `compile()` before `fit()`.")
        check_experience(experience, self.specs, "experience")
        if validation_data is not None:
            check_experience(validation_data, self.specs, "validation_data")
            self._require_condition("fit(validation_data=...)")
        self.codec.adapt(experience)
        transition = experience.transitions()
        samples, condition = self._vectors.encode(transition)
        ends = transition.terminated
        self._samples.adapt(samples, end_odds_ratio(ends, self.end_fraction))
        batches = balanced_batches(
            samples if condition is None else condition,
            samples,
            ends,
            self.end_fraction,
            batch_size,
            seed=(self.seed or 0) + int(self._fits),
            noise=self.noise,
        )
        if not self.given:
            batches = batches.map(lambda samples, _: samples)
        callbacks = list(callbacks or [])
        if validation_data is not None:
            callbacks.insert(0, ErrorOnHeldOut(self, validation_data))
        self._fits.assign_add(1)
        self.is_fitted.assign(True)
        return self.model.fit(
            batches,
            epochs=epochs,
            steps_per_epoch=steps_per_epoch or -(-len(experience) // batch_size),
            callbacks=callbacks,
            shuffle=False,
            verbose=verbose,
        )

    def sample(self, observation, action, key):
        condition = self.codec.encode_inputs(observation, action)
        samples = self._samples.sample(
            self.model, tf.shape(condition)[0], key, condition
        )
        return self._vectors.decode(samples, observation, action)

    def sample_joint(self, count, key):
        return self._vectors.decode(self._samples.sample(self.model, count, key))

    def example(self, count):
        """Returns a `Transition` of zeros `(count, ...)`.

        Args:
            count: Integer.
        """
        return self._vectors.example(count)

    def realism(self, transition):
        """Returns how real a discriminator takes transitions to be.

        Args:
            transition: `Transition` of tensors or arrays `(B, ...)`.

        Returns:
            Float32 tensor `(B,)` in [0, 1]; above 0.5 they are classified as real.

        Raises:
            ValueError: If the model has no discriminator with a decision boundary.
        """
        self.check_realism()
        samples, condition = self._vectors.encode(Transition(*transition))
        logits = self.model.judge_each(samples, condition)
        return tf.sigmoid(logits - self.model.adversarial_loss.boundary)

    def check_realism(self):
        """Raises `ValueError` unless `realism` is available."""
        check_discriminator(self.model)

    def call(self, inputs, training=None):
        """Returns the targets that the model generates for inputs of the codec."""
        key = tf.constant([0, 0])
        condition = inputs if self.given else None
        return self._samples.sample(self.model, tf.shape(inputs)[0], key, condition)

    def get_config(self):
        model = serialize(self.model)
        # The optimizers are in this model's own compile configuration.
        model.pop("compile_config", None)
        return {
            "model": model,
            "specs": [spec_config(spec) for spec in self.specs],
            "given": list(self.given),
            "end_fraction": self.end_fraction,
            "noise": self.noise,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = with_objects(config, "model", custom_objects=custom_objects)
        config["specs"] = tuple(map(spec_from_config, config["specs"]))
        return cls(**config)
