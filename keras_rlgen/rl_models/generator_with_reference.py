import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.models.sample_model import SampleModel
from keras_rlgen.rl_models.reward_spread import check_spread
from keras_rlgen.rl_models.reward_trained import RewardTrained
from keras_rlgen.training.cluster_check import check_cluster
from keras_rlgen.training.fit_arguments import check_fit_arguments
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.keras_internals import copying_in_process, untrack
from keras_rlgen.training.replica_batches import whole_on_each
from keras_rlgen.training.untuned import untuned


class GeneratorWithReference(RewardTrained, SampleModel):
    """Base class that tunes a generator, with a frozen copy as the reference.

    Subclasses implement the methods of `SampleModel`. Their `train_step` gets the
    conditions to choose from, or a scalar if the generator samples them.

    Args:
        generator: A trained `GenerativeModel` that is a stochastic policy.
        seed: Integer or `None`, the seed of sampling.
        name: String.

    Attributes:
        generator: The generator.
        reference: A frozen copy of the generator before tuning.

    Raises:
        TypeError: If `generator` is not a `GenerativeModel`.
        ValueError: If it is deterministic, or has no trainable variables to tune.
    """

    compile_advice = {"loss": "What is maximised is `reward`."}

    def __init__(self, generator, seed=None, name=None, **kwargs):
        if not isinstance(generator, GenerativeModel):
            raise TypeError(
                "Expected `generator` to be a `GenerativeModel`, such as `VAE`, "
                f"`PixelCNN`, `RealNVP` or `GAN`. Received: {generator!r} of type "
                f"{type(generator).__name__}"
            )
        if not generator.policy_variables:
            raise ValueError(
                f"Nothing of `{type(generator).__name__}` can be tuned: no trainable "
                "variable changes the probability of a sample. Set `trainable = True` "
                "on the layers to tune."
            )
        super().__init__(generator.conditions, seed=seed, name=name, **kwargs)
        self.generator = generator
        with copying_in_process():
            self.reference = type(generator).from_config(generator.get_config())
        # Weights added by `compile`, of a reward or a baseline, come last.
        own = len(self.reference.weights)
        self.reference.set_weights(generator.get_weights()[:own])
        self.reference.trainable = False
        # Shared, since `evaluate` runs the generator's own `test_step`.
        self.health = generator.health
        untrack(self, self.sampling_seed_generator)
        self.sampling_seed_generator = generator.sampling_seed_generator
        self.sample_shape = generator.sample_shape

    def compile(self, optimizer, metrics=None, **kwargs):
        if metrics is None:
            metrics = self.generator.sample_metrics
        super().compile(optimizer, metrics=metrics, **kwargs)
        # The metrics are updated by the generator's `test_step`.
        self.generator.sample_metrics = self.sample_metrics

    @property
    def sample_dtype(self):
        """The dtype of the generator's samples."""
        return self.generator.sample_dtype

    @property
    def value_range(self):
        """`(low, high)` of the generator's samples, `None` if unbounded."""
        return self.generator.value_range

    def judge_each(self, samples, condition=None, training=None):
        """Returns the logit of each sample from the discriminator of a tuned GAN."""
        return self.generator.judge_each(samples, condition, training=False)

    @property
    def reward_discriminator(self):
        """The discriminator of a tuned GAN, which is not trained; or `None`."""
        return self.judge_each if hasattr(self.generator, "judge_each") else None

    @property
    def adversarial_loss(self):
        """The loss that a tuned GAN is compiled with; or `None`."""
        return getattr(self.generator, "adversarial_loss", None)

    def fit(self, conditions=None, epochs=1, steps_per_epoch=100, **kwargs):
        """Tunes the generator on its own samples.

        Args:
            conditions: For a conditional generator, conditions to choose from, with
                replacement, `(num_conditions, ...)`. By default the generator samples
                them.
            epochs: Positive integer.
            steps_per_epoch: Positive integer, batches of samples per epoch.
            **kwargs: `callbacks`, `verbose`, `validation_data` (held-out samples, as
                in `evaluate`) and others of `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If the tuner is not compiled, or conditions do not fit.
            FloatingPointError: If a reward, the loss or a gradient is not finite, with
                the weights before that update.
        """
        self._check_compiled("fit")
        check_fit_arguments(
            {**kwargs, "epochs": epochs, "steps_per_epoch": steps_per_epoch}
        )
        if steps_per_epoch is None:
            raise ValueError("Expected `steps_per_epoch` >= 1. Received: None")
        if kwargs.get("validation_data") is not None:
            validation_data = self._checked_validation(kwargs["validation_data"])
            kwargs = {**kwargs, "validation_data": validation_data}
        check_spread(self)
        if conditions is None:
            data = tf.data.Dataset.from_tensors(0)
        elif self.has_condition:
            data = tf.data.Dataset.from_tensors(self.conditions.validate(conditions))
        else:
            raise ValueError(
                f"This `{type(self.generator).__name__}` has no condition. Received: "
                f"conditions={conditions!r}. Leave them out."
            )
        strategy = self.distribute_strategy
        counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        check_cluster(conditions, {**kwargs, **counts}, strategy)
        return GuardedModel.fit(
            self,
            whole_on_each(untuned(data.repeat()), strategy),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            shuffle=False,
            **kwargs,
        )

    def log_ratio(self, draw, log_probs):
        """Computes `log pi - log pi_0` of samples, in nats.

        Args:
            draw: `Draw` of the generator.
            log_probs: Float32 tensor `(count,)` or `(count, steps)`, the result of the
                generator's `draw_log_prob`.

        Returns:
            Float32 tensor of the same shape: for samples, or for their elements, whose
            `losses.masked_sum` is the log ratio of samples.
        """
        return log_probs - self.reference.draw_log_prob(draw, training=False)

    def judge_generator(self, data, key):
        """Evaluates the generator on a batch, as its own `evaluate` does.

        Args:
            data: Batch of real samples, and their condition.
            key: Int32 tensor `(2,)`.

        Returns:
            A pair: equally many generated samples, and their condition or `None`.
        """
        real, condition = self._unpack_as_evaluated(data)
        generated = self.generator.sample(tf.shape(real)[0], key, condition)
        if self.generator.compiled:
            self.generator.test_step((real, condition))
        else:
            self._compare(real, generated)
        return generated, condition

    def _unpack_as_evaluated(self, data):
        """Returns real samples and their condition, as the generator's `evaluate` does.

        A model that degrades images itself then uses another random stream, so that
        evaluation does not change training.
        """
        before, self.generator._evaluating = self.generator._evaluating, True
        try:
            return self.generator._unpack(data)
        finally:
            self.generator._evaluating = before

    def call(self, inputs, training=None):
        """Calls the generator."""
        return self.generator(inputs, training=training)

    def generate(
        self, num_samples, condition=None, seed=None, temperature=1.0, **kwargs
    ):
        """Generates samples. See the `generate` of the generator."""
        return self.generator.generate(
            num_samples, condition, seed, temperature, **kwargs
        )

    def export(self, filepath, **kwargs):
        """Writes the generator's SavedModel. See `GenerativeModel.export`."""
        self.generator.export(filepath, **kwargs)

    def get_config(self):
        return {
            "generator": serialize(self.generator),
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
