"""Base class of the generative models."""

import tensorflow as tf

from keras_rlgen.arguments import check_seed, is_integer
from keras_rlgen.losses.masked_reductions import masked_sum
from keras_rlgen.models import data_checks
from keras_rlgen.models.real_samples import as_samples, is_symbolic
from keras_rlgen.models.sample_model import SampleModel
from keras_rlgen.models.temperature import check_temperature


class GenerativeModel(SampleModel):
    """Base class of the generative models, each a policy over samples.

    Subclasses implement the methods of `SampleModel`, `sample`, and, where possible,
    `draw`, `draw_log_prob`, `policy_variables` and `log_density`.

    Args:
        conditions: The kind of condition, such as `ClassLabels(num_classes)` or
            `VectorCondition(dim)`; `None` for an unconditional model.
        seed: Integer or `None`.
        name: String.

    Attributes:
        sample_shape: Tuple, the shape of one sample.
        sample_dtype: String, the dtype of samples, `"float32"` or `"int32"`.
        value_range: `(low, high)` of samples, or `None`.
        likelihood: The kind of `log_prob`: `"exact"`, `"lower_bound"`, or `None` if the
            family has no likelihood.
        is_deterministic: Whether `sample` depends on its condition alone.
    """

    likelihood = None
    is_deterministic = False

    def __init__(self, conditions=None, seed=None, name=None, **kwargs):
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        self._sampler = None
        self._log_density = None

    def generate(self, num_samples, condition=None, seed=None, temperature=1.0):
        """Generates samples, compiled and in one batch.

        Args:
            num_samples: Positive integer.
            condition: One condition per sample. Class labels are integers
                `(num_samples,)`, by default sampled uniformly; those of a
                `VectorCondition` floats `(num_samples, dim)`.
            seed: Integer: the same seed and weights give the same samples. Defaults to
                the model's own random stream.
            temperature: Positive float. It scales the standard deviation of Gaussians,
                latents above all, and divides the logits of discrete variables; 1 is
                the model's own distribution.

        Returns:
            NumPy array `(num_samples, ...)` of the model's `sample_dtype`.

        Raises:
            ValueError: If `num_samples` is not a positive integer, the condition has
                another length or is invalid, or the temperature is not positive and
                finite.
        """
        condition = self._check_request(num_samples, condition, temperature)
        if self._sampler is None:
            self._sampler = tf.function(self.sample, reduce_retracing=True)
        return self._sampler(
            tf.constant(int(num_samples), tf.int32),
            self._sampling_key(seed),
            condition,
            tf.constant(temperature, tf.float32),
        ).numpy()

    def sample(self, count, key, condition=None, temperature=1.0):
        """Generates samples inside a graph, from a key.

        Args:
            count: Integer or int32 scalar tensor.
            key: Int32 tensor `(2,)`.
            condition: The condition of each sample, if the model is conditional.
            temperature: Float or float32 scalar tensor, as in `generate`.

        Returns:
            Tensor `(count, ...)` of `sample_dtype`.
        """
        raise NotImplementedError

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        """Samples from the model as a policy, inside a graph.

        Unlike `sample`, it always includes noise that only serves exploration.

        Args:
            count: Integer or int32 scalar tensor.
            key: Int32 tensor `(2,)`.
            condition: The condition of each sample, if the model is conditional; by
                default sampled.
            temperature: Float or float32 scalar tensor, as in `generate`.
            training: Boolean, passed to the networks.

        Returns:
            A `Draw`: samples, latents, condition and mask, without gradient.

        Raises:
            ValueError: If the generator is not a stochastic policy.
        """
        raise NotImplementedError

    def draw_log_prob(self, draw, condition=None, training=None):
        """Computes the log-probability of samples, latents included.

        It is differentiable in `policy_variables`, and always the probability at
        temperature 1, whatever the temperature of sampling.

        A family that generates samples step by step returns one for each step, given
        the steps before: each is an action of the policy, which `RewardTuner` weights
        and clips separately. Their sum over the valid steps of the `mask` is the
        log-probability of the sample.

        Args:
            draw: A `Draw`.
            condition: The condition of each sample. Defaults to that of `draw`.
            training: Boolean, passed to the networks.

        Returns:
            Float32 tensor `(count,)` or `(count, steps)`, in nats.
        """
        raise NotImplementedError

    @property
    def policy_variables(self):
        """List of the trainable variables that `draw_log_prob` depends on."""
        raise NotImplementedError

    def sample_with_log_prob(
        self, num_samples, condition=None, seed=None, temperature=1.0, training=None
    ):
        """Generates samples with differentiable log-probabilities.

        Args:
            num_samples: Positive integer.
            condition: As in `generate`.
            seed: As in `generate`.
            temperature: As in `generate`; log-probabilities are those at 1.
            training: Boolean, passed to the networks.

        Returns:
            A pair: samples `(num_samples, ...)`, without gradient; and
            log-probabilities of samples and latents in nats, float32 `(num_samples,)`,
            differentiable in `policy_variables`.

        Raises:
            ValueError: As `generate`; if the generator is deterministic.
        """
        condition = self._check_request(num_samples, condition, temperature)
        draw = self.draw(
            num_samples, self._sampling_key(seed), condition, temperature, training
        )
        log_probs = self.draw_log_prob(draw, training=training)
        return draw.samples, masked_sum(log_probs, draw.mask)

    def log_prob(self, samples, condition=None, seed=None):
        """Computes the log-likelihood of samples, or the bound named by `likelihood`.

        Args:
            samples: Array or tensor `(batch, ...)`.
            condition: What they are conditioned on, `(batch, ...)`.
            seed: Integer, the seed of an estimated bound. Defaults to the model's own
                random stream.

        Returns:
            Float32 tensor `(batch,)`, in nats.

        Raises:
            ValueError: If the family has no likelihood; if the samples are of the wrong
                shape, out of range or not finite; if a condition is missing.
            TypeError: If the samples are floats and the model's are integers.
        """
        if self.likelihood is None:
            raise ValueError(
                f"`{type(self).__name__}` has no likelihood: its density cannot be "
                "computed. Use `VAE` (a lower bound), `PixelCNN` or `RealNVP`; or "
                "evaluate samples by metrics in `evaluate`."
            )
        samples = self._checked_samples(samples)
        condition = self._checked_condition(condition, samples, "log_prob")
        if self._log_density is None:
            self._log_density = tf.function(self.log_density, reduce_retracing=True)
        return self._log_density(samples, condition, self._sampling_key(seed))

    def log_density(self, samples, condition, key):
        """The in-graph form of `log_prob`, for samples that are already validated.

        Args:
            samples: Tensor `(batch, ...)` of `sample_dtype`.
            condition: Tensor `(batch, ...)`, or `None`.
            key: Int32 tensor `(2,)`, of an estimated bound.

        Returns:
            Float32 tensor `(batch,)`, in nats.
        """
        raise NotImplementedError

    def _checked_samples(self, samples):
        """Returns samples given by a user as a tensor of `sample_dtype`."""
        samples = as_samples(samples, self.sample_shape)
        if not is_symbolic(samples):
            data_checks.check_array(samples, self.value_range, self.sample_dtype)
        samples = data_checks.check_shape(samples, self.sample_shape)
        return tf.cast(samples, self.sample_dtype)

    def _checked_condition(self, condition, samples, method):
        """Returns the condition given by a user for samples, as a tensor."""
        if condition is not None:
            self._check_takes_condition(f"a condition in `{method}`")
        if not self.has_condition or is_symbolic(condition):
            return condition
        self._require_condition(condition, f"{method}(samples, condition)")
        return self.conditions.validate(condition, samples.shape[0])

    def _check_request(self, num_samples, condition, temperature):
        """Checks the arguments of `generate`; returns the condition as a tensor."""
        if not is_integer(num_samples) or not 1 <= num_samples < 2**31:
            raise ValueError(
                "Expected `num_samples` to be a positive integer, below 2**31. "
                f"Received: {num_samples!r}"
            )
        check_temperature(temperature)
        if condition is None:
            return None
        if not self.has_condition:
            raise ValueError(
                f"This `{type(self).__name__}` has no condition. Received: condition="
                f"{condition!r}. Leave it out, or train a conditional model."
            )
        return self.conditions.validate(condition, num_samples)

    def _sampling_key(self, seed):
        check_seed(seed)
        if seed is None:
            return tf.cast(self.sampling_seed_generator.next(), tf.int32)
        return tf.constant([seed, 0], tf.int32)

    def _given_or_random(self, condition, count, key):
        """Returns the condition, sampled if none is given."""
        if condition is None and self.has_condition:
            return self.conditions.random(count, key)
        return condition

    @property
    def _given_conditions(self):
        """The argument `conditions`; `None` if `num_classes` was given."""
        return self.conditions if getattr(self, "num_classes", None) is None else None

    def _drawn_condition(self, draw, condition):
        """Returns the condition of a `Draw`, `None` if the model is unconditional."""
        if condition is None and self.has_condition:
            return draw.condition
        return condition

    @property
    def sample_spec(self):
        """The `tf.TensorSpec` of a batch of samples."""
        return tf.TensorSpec(
            (None, *self.sample_shape), self.sample_dtype, name="samples"
        )

    def exported_parts(self):
        """Returns the networks whose weights a SavedModel holds."""
        return [self]

    def export_endpoints(self):
        """Returns the endpoints of a SavedModel.

        Returns:
            Dict from names to pairs of a function of tensors and its list of
            `tf.TensorSpec`.
        """
        count = tf.TensorSpec((), tf.int32, name="num_samples")
        seed = tf.TensorSpec((), tf.int32, name="seed")

        def generate(num_samples, seed):
            return self.sample(num_samples, tf.stack([seed, 0]))

        def generate_conditional(condition, seed):
            count = tf.shape(condition)[0]
            return self.sample(count, tf.stack([seed, 0]), condition)

        endpoints = {}
        if not self.has_condition or getattr(self.conditions, "has_random", True):
            endpoints["generate"] = generate, [count, seed]
        if self.has_condition:
            conditional = generate_conditional, [self.conditions.spec, seed]
            endpoints["generate_conditional"] = conditional
        return endpoints

    def export(self, filepath, **kwargs):
        """Writes a SavedModel. See `keras_rlgen.export.export_generator`."""
        from keras_rlgen.export import export_generator

        export_generator(self, filepath, **kwargs)
