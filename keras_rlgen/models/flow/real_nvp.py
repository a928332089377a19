import math

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import checked_range, checked_shape, is_integer, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers import FlowLayer
from keras_rlgen.layers.flow_layer import sum_over_sample
from keras_rlgen.models import data_checks
from keras_rlgen.models.conditions.class_labels import ClassLabels
from keras_rlgen.models.conditions.conditions_of import conditions_of
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.models.training_data import first_batch, is_array
from keras_rlgen.training.fit_arguments import check_fit_arguments
from keras_rlgen.training.guarded_model import serialize

INITIAL_SAMPLES = 1024


@keras.saving.register_keras_serializable("keras_rlgen")
class RealNVP(LikelihoodModel):
    """A normalising flow: samples are an invertible function of Gaussian latents.

    With the flow `f` from samples to latents of the same shape, the log-likelihood

        log p(x) = log N(f(x); 0, I) + log |det df/dx|

    is exact for samples of real numbers (`num_levels=None`).

    Images have `num_levels` discrete values, which are dequantised. With the level `k`
    of each channel, uniform noise `u` in [0, 1) and `L = num_levels`, the flow models

        v = logit(alpha + (1 - 2 * alpha) * (k + u) / L)

    and `log_prob` estimates, with one sample of the noise, the lower bound

        log P(k) >= E_u[log p(v) + sum log dv/dk],
        dv/dk = (1 - 2 * alpha) / (L * s * (1 - s)),  s = sigmoid(v)

    in nats of the levels, comparable with that of a `PixelCNN`. Samples are the levels
    `floor(L * (s - alpha) / (1 - 2 * alpha))`, clipped to the valid ones.

    Args:
        flow: `keras_rlgen.layers.FlowLayer`, such as `vector_flow(2)` or
            `image_flow((28, 28, 1))`.
        sample_shape: Tuple, the shape of one sample.
        num_levels: Integer > 1, the number of values of an image channel; `None` for
            real numbers. Defaults to `None`.
        value_range: `(low, high)` of images with `num_levels`, which are rounded to
            the nearest level. Defaults to `(0.0, 1.0)`.
        alpha: Float in (0, 0.5), the margin that keeps the logit finite. Defaults to
            0.05.
        num_classes: Positive integer, for a flow that takes labels, such as
            `vector_flow(2, num_classes=10)`; labels are in `[0, num_classes)`. Defaults
            to `None`, no labels.
        seed: Integer or `None`, the seed of noise and sampling.
        conditions: In place of `num_classes`, for a flow that takes another condition
            than labels, such as `VectorCondition(3)` for
            `vector_flow(2, condition_dim=3)`: `fit(x, y)`, `y` float32
            `(num_samples, 3)`.

    Raises:
        TypeError: If `flow` is not a `FlowLayer`.
        ValueError: If `num_levels`, `value_range` or `alpha` are not as described, the
            flow does not fit the samples or the condition, or only one of flow and
            model is conditional.

    Example:

    ```python
    model = RealNVP(vector_flow(2, seed=0), sample_shape=(2,), seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(points, epochs=20)
    model.log_prob(held_out)  # (batch,), nats
    model.generate(500, temperature=0.8)
    ```

    Reference:
        [Dinh et al., 2017](https://arxiv.org/abs/1605.08803), equations 2 and 3,
        section 4.1. The paper's logit of `alpha + (1 - alpha) * x` is infinite at
        `x = 1`; `1 - 2 * alpha` follows
        [Papamakarios et al., 2017](https://arxiv.org/abs/1705.07057). The bound:
        [Theis et al., 2016](https://arxiv.org/abs/1511.01844), section 3.1.
    """

    term_names = ("loss",)
    evaluation_names = ("loss", "bits_per_dimension")

    def __init__(
        self,
        flow,
        sample_shape,
        num_levels=None,
        value_range=(0.0, 1.0),
        alpha=0.05,
        num_classes=None,
        seed=None,
        name=None,
        conditions=None,
        **kwargs,
    ):
        conditions = conditions_of(num_classes, conditions)
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        if not isinstance(flow, FlowLayer):
            raise TypeError(
                "Expected `flow` to be a `keras_rlgen.layers.FlowLayer`, such as "
                f"`vector_flow(2)`. Received: {flow!r} of type {type(flow).__name__}"
            )
        if num_levels is not None and (not is_integer(num_levels) or num_levels < 2):
            raise ValueError(
                "Expected `num_levels` to be an integer > 1, or None. "
                f"Received: {num_levels!r}"
            )
        if not (is_number(alpha) and 0.0 < alpha < 0.5):
            raise ValueError(f"Expected `alpha` in (0, 0.5). Received: {alpha}")
        low, high = checked_range(value_range)
        self.flow = flow
        self.sample_shape = checked_shape(sample_shape, "sample_shape")
        self.num_levels = num_levels
        self.bounds = low, high
        self.alpha = float(alpha)
        self.num_classes = num_classes
        self.initialized = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="initialized"
        )
        self._check_flow()
        self.built = True

    def _check_flow(self):
        if self.flow.conditional != self.has_condition:
            takes = "takes a condition" if self.flow.conditional else "takes none"
            given = f"num_classes={self.num_classes}"
            if self._given_conditions is not None:
                given = f"conditions={type(self.conditions).__name__}"
            raise ValueError(
                f"The flow {takes}. Received: {given}. Pass it to both or to neither, "
                "as in `RealNVP(vector_flow(2, num_classes=10), (2,), num_classes=10)` "
                "or `RealNVP(vector_flow(2, condition_dim=3), (2,), "
                "conditions=VectorCondition(3))`."
            )
        example = tf.zeros((1, *self.sample_shape))
        condition, given = None, ""
        if self.has_condition:
            condition = self.conditions.example(1)
            given = f", with a condition of shape {('batch', *condition.shape[1:])}"
        if isinstance(self.conditions, ClassLabels):
            # The last class: a flow with fewer classes has no bias for it.
            condition = tf.constant([self.conditions.num_classes - 1])
        try:
            latents = self.flow(example, condition)
        except Exception as error:
            raise ValueError(
                "The flow does not accept samples of shape (batch, "
                f"{', '.join(map(str, self.sample_shape))}){given}. Error: {error}"
            ) from error
        if latents.shape != example.shape:
            raise ValueError(
                "Expected a flow that keeps the shape of samples. Received latents of "
                f"shape {tuple(latents.shape)} for samples of {tuple(example.shape)}."
            )

    @property
    def likelihood(self):
        """`"exact"` for real numbers, `"lower_bound"` for images with levels."""
        return "exact" if self.num_levels is None else "lower_bound"

    @property
    def value_range(self):
        """`(low, high)` of images with levels, `None` for real numbers."""
        return None if self.num_levels is None else self.bounds

    def fit(self, x=None, y=None, **kwargs):
        """Trains, as `keras.Model.fit` does.

        The first call initialises the flow's `ActNorm` layers, from up to 1,024
        samples of an array or the first batch of a data set. See `GenerativeModel`.
        """
        self._check_compiled("fit")
        check_fit_arguments(kwargs)
        x = self._checked_input(x, y, "fit")
        if not float(keras.ops.convert_to_numpy(self.initialized)):
            self.initialize(*_first_samples(x, y))
        return super().fit(x, y, **kwargs)

    def initialize(self, samples, condition=None):
        """Initialises the flow's weights that depend on data.

        Args:
            samples: Array `(num_samples, ...)`.
            condition: Labels `(num_samples,)`, or vectors, of a conditional model.

        Raises:
            ValueError: As `fit`.
        """
        samples = self._checked_samples(samples)
        if self.has_condition:
            self._require_condition(condition, "initialize(samples, condition)")
            if isinstance(self.conditions, ClassLabels):
                condition = np.reshape(condition, -1)
            condition = self.conditions.validate(condition, len(samples))
        values = self._into_flow(samples, tf.constant([0, 0]))
        self.flow.initialize(values, condition)
        self.initialized.assign(1.0)

    def _into_flow(self, samples, key=None):
        """Returns the flow's input, `v` for images.

        Without a key the noise is 1/2, the middle of a level.
        """
        if self.num_levels is None:
            return samples
        low, high = self.bounds
        levels = tf.round((samples - low) / (high - low) * (self.num_levels - 1))
        levels = tf.clip_by_value(levels, 0.0, self.num_levels - 1.0)
        noise = 0.5
        if key is not None:
            noise = tf.random.stateless_uniform(tf.shape(samples), key)
        shares = self.alpha + self._logit_scale * (levels + noise)
        return tf.math.log(shares) - tf.math.log1p(-shares)

    def _out_of_flow(self, values):
        """Returns samples from the inverse flow's output, rounded to levels."""
        if self.num_levels is None:
            return values
        levels = tf.floor((tf.sigmoid(values) - self.alpha) / self._logit_scale)
        levels = tf.clip_by_value(levels, 0.0, self.num_levels - 1.0)
        low, high = self.bounds
        return low + (high - low) / (self.num_levels - 1) * levels

    @property
    def _logit_scale(self):
        return (1.0 - 2.0 * self.alpha) / self.num_levels

    def _flow_log_prob(self, values, condition):
        """Computes the log-density of the flow's input, in units of the samples."""
        latents, log_det = self.flow.forward_and_log_det(values, condition)
        log_normal = -0.5 * (tf.square(latents) + math.log(2.0 * math.pi))
        log_density = sum_over_sample(log_normal) + log_det
        if self.num_levels is None:
            return log_density
        # log s (1 - s) with s = sigmoid(v)
        log_derivatives = -tf.math.softplus(values) - tf.math.softplus(-values)
        log_det = sum_over_sample(math.log(self._logit_scale) - log_derivatives)
        return log_density + log_det

    def log_density(self, samples, condition, key):
        return self._flow_log_prob(self._into_flow(samples, key), condition)

    def loss_terms(self, samples, condition, key, training):
        return {"loss": -tf.reduce_mean(self.log_density(samples, condition, key))}

    def evaluation_terms(self, samples, condition, key):
        loss = self.loss_terms(samples, condition, key, training=False)["loss"]
        bits = loss / (math.prod(self.sample_shape) * math.log(2.0))
        return {"loss": loss, "bits_per_dimension": bits}

    def sample(self, count, key, condition=None, temperature=1.0):
        return self._out_of_flow(self._made(count, key, condition, temperature)[0])

    def _made(self, count, key, condition, temperature):
        """Returns the inverse flow of sampled latents, and the condition."""
        latents = tf.random.stateless_normal((count, *self.sample_shape), key)
        condition_key = tf.random.experimental.stateless_fold_in(key, 1)
        condition = self._given_or_random(condition, count, condition_key)
        values, _ = self.flow.inverse_and_log_det(temperature * latents, condition)
        return values, condition

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        """Samples from the model as a policy, inside a graph.

        For images with levels, the action is the flow's output before rounding to
        levels. It is returned in `latents`, and has an exact density. See
        `GenerativeModel`.
        """
        values, condition = self._made(count, key, condition, temperature)
        values = tf.stop_gradient(values)
        condition = () if condition is None else condition
        if self.num_levels is None:
            return Draw(values, (), condition)
        return Draw(self._out_of_flow(values), values, condition)

    def draw_log_prob(self, draw, condition=None, training=None):
        values = draw.samples if self.num_levels is None else draw.latents
        return self._flow_log_prob(values, self._drawn_condition(draw, condition))

    @property
    def policy_variables(self):
        return self.flow.trainable_variables

    def call(self, inputs, training=None):
        """Returns the latents of samples, or of `[samples, condition]`."""
        return self.encode(*inputs) if self.has_condition else self.encode(inputs)

    def encode(self, samples, condition=None):
        """Returns latents, float32 of the samples' shape.

        Args:
            samples: Tensor or array `(batch, ...)`. Levels are mapped to their
                midpoint.
            condition: What they are conditioned on, `(batch, ...)`, if the model is.

        Raises:
            ValueError: As `log_prob`.
        """
        samples = self._checked_samples(samples)
        condition = self._checked_condition(condition, samples, "encode")
        values = self._into_flow(samples)
        return self.flow.forward_and_log_det(values, condition)[0]

    def decode(self, latents, condition=None):
        """Returns the samples of latents: the inverse of `encode`.

        Args:
            latents: Tensor or array `(batch, ...)`, of the samples' shape.
            condition: As in `encode`.

        Raises:
            ValueError: If the latents are of another shape or not finite, or as
                `log_prob`, for the condition.
        """
        latents = data_checks.checked_latents(latents, self.sample_shape)
        condition = self._checked_condition(condition, latents, "decode")
        return self._out_of_flow(self.flow.inverse_and_log_det(latents, condition)[0])

    def export_endpoints(self):
        """Returns the base class's endpoints, and `encode`, `decode` and `log_prob`.

        `log_prob(samples)` is exact; for images with levels, `log_prob(samples, seed)`
        samples the noise of the bound. A conditional model takes the condition after
        samples or latents.
        """
        samples = self.sample_spec
        latents = tf.TensorSpec(samples.shape, tf.float32, name="latents")
        condition = [self.conditions.spec] if self.has_condition else []
        seed = [tf.TensorSpec((), tf.int32, name="seed")] if self.num_levels else []

        def log_prob(samples, *others):
            condition = others[0] if self.has_condition else None
            seed = others[-1] if self.num_levels else 0
            return self.log_density(samples, condition, tf.stack([seed, 0]))

        return {
            **super().export_endpoints(),
            "encode": (self.encode, [samples, *condition]),
            "decode": (self.decode, [latents, *condition]),
            "log_prob": (log_prob, [samples, *condition, *seed]),
        }

    def exported_parts(self):
        return [self.flow]

    def get_config(self):
        return {
            "flow": serialize(self.flow),
            "sample_shape": self.sample_shape,
            "num_levels": self.num_levels,
            "value_range": self.bounds,
            "alpha": self.alpha,
            "num_classes": self.num_classes,
            "conditions": serialize(self._given_conditions),
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "flow", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))


def _first_samples(x, y):
    """Returns samples and conditions of an array, or of a data set's first batch."""
    if is_array(x):
        step = math.ceil(len(x) / INITIAL_SAMPLES)
        return x[::step], None if y is None else y[::step]
    return first_batch(x, "fit")[:2]
