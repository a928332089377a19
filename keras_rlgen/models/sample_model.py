"""Base class of models that are trained and evaluated on real samples."""

import warnings
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import metrics as sample_metrics
from keras_rlgen.arguments import check_seed
from keras_rlgen.models import data_checks
from keras_rlgen.models.real_samples import as_samples
from keras_rlgen.models.training_data import (
    as_array,
    check_ends,
    check_kind,
    check_split,
    is_array,
    no_batch_error,
    unpacked,
)
from keras_rlgen.training import replicas
from keras_rlgen.training.array_batches import evaluation_batches, fit_batches
from keras_rlgen.training.cluster_check import check_cluster
from keras_rlgen.training.fit_arguments import check_fit_arguments, check_no_weights
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.keras_internals import UntunedArrays
from keras_rlgen.training.refused_arguments import (
    refuse_arguments,
    unknown_arguments,
)
from keras_rlgen.training.replica_batches import divided_batches


class SampleModel(GuardedModel):
    """Base class: training on validated real samples, and sample metrics.

    Subclasses define `sample_shape`, `training_trackers`, `train_step` and `test_step`.
    Generation and evaluation in between do not change training: each has its own random
    stream.

    Args:
        conditions: The kind of condition, such as `ClassLabels(num_classes)` or
            `VectorCondition(dim)`; `None` for an unconditional model.
        seed: Integer or `None`.
        name: String.

    Attributes:
        sample_shape: Tuple, the shape of one sample.
        sample_dtype: String, the dtype of samples: `"float32"`, or `"int32"` for
            tokens. Where integers are expected, floats are rejected, even with integer
            values; where floats are expected, integers (such as images) are cast.
        value_range: `(low, high)` of samples, or `None`. For tokens it is
            `(0, vocabulary_size - 1)`.
    """

    sample_dtype = "float32"
    value_range = None
    one_replica_because = None

    def __init__(self, conditions=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        check_seed(seed)
        self.conditions = conditions
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.sampling_seed_generator = keras.random.SeedGenerator(seed)
        self.sample_metrics = []
        self._evaluating = False

    @property
    def has_condition(self):
        """Whether `fit`, `generate` and the like take a condition."""
        return self.conditions is not None

    def compile(self, optimizer, metrics=None, **kwargs):
        """Configures training.

        Args:
            optimizer: Built Keras optimizer, or an object that holds several.
            metrics: List of `keras_rlgen.metrics` or their names.
            **kwargs: As in `GuardedModel.compile`.

        Raises:
            ValueError: If a metric is unknown, or as `GuardedModel.compile`.
            TypeError: If a metric is no `SampleMetric`.
        """
        if isinstance(metrics, str) or not isinstance(metrics, Iterable | None):
            raise ValueError(
                "Expected `metrics` to be a list of metrics or their names, such as "
                f"['frechet_distance']. Received: {metrics!r}"
            )
        metrics = [sample_metrics.get(m) for m in metrics or []]
        for metric in metrics:
            if not isinstance(metric, sample_metrics.SampleMetric):
                raise TypeError(
                    "Expected metrics of generated beside real samples, such as "
                    f"'frechet_distance'. Received: {metric!r}"
                )
            metric.build(self.sample_shape, self.sample_dtype)
            metric.feature_extractor.check_range(self.value_range)
        super().compile(optimizer, **kwargs)
        self.sample_metrics = metrics

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["metrics"] = [serialize(m) for m in self.sample_metrics]
        return config

    @property
    def metrics(self):
        trackers = dict.fromkeys([*self.training_trackers, *self.evaluation_trackers])
        return [*trackers, *self.sample_metrics]

    @property
    def evaluation_trackers(self):
        """The trackers that `test_step` updates."""
        return self.training_trackers

    def _evaluated(self):
        """Ends a step of `evaluate`. Returns its logs."""
        self.health.agree()
        return replicas.step_logs(self.get_metrics_result())

    def get_metrics_result(self):
        if not self._evaluating:
            return {m.name: m.result() for m in self.training_trackers}
        results = {m.name: m.result() for m in self.evaluation_trackers}
        for metric in self.sample_metrics:
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    @property
    def logged_metrics(self):
        trackers = {**super().logged_metrics}
        for metric in self.sample_metrics:
            names = metric.result_names or [metric.name]
            trackers |= dict.fromkeys(names, metric)
        return trackers

    def step_logs(self, logs):
        # Sample metrics are computed once, of all batches.
        names = {n for n, m in self.logged_metrics.items() if m in self.sample_metrics}
        return super().step_logs({n: x for n, x in logs.items() if n not in names})

    def fit(self, x=None, y=None, **kwargs):
        """Trains, as `keras.Model.fit` does.

        Args:
            x: Real samples: NumPy array or tensor `(num_samples, ...)`, a list of
                arrays of one sample each, `tf.data.Dataset` or `PyDataset` of batches.
            y: The condition of each sample, for conditional models.
            **kwargs: As in `keras.Model.fit`, except `sample_weight` and
                `class_weight`, which no loss here uses. On several replicas
                `batch_size` is that of all together.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: Before any update, if the samples are empty, out of the
                generator's range, not finite, or of the wrong shape; if there are
                conditions and the model takes none, or weights; if a batch cannot be
                divided among replicas, or machines differ; later, if a batch of a data
                set is or has, with the weights before that update.
            TypeError: If the samples are not numeric, or are floats and the model's
                are integers.
            FloatingPointError: If a loss, reward or gradient is not finite, with the
                weights before that update.
        """
        self._check_compiled("fit")
        check_fit_arguments(kwargs)
        refuse_arguments(self, "fit", unknown_arguments(self, "fit", kwargs))
        x, y = self._checked_input(x, y, "fit"), as_array(y)
        check_split(x, kwargs.get("validation_split"))
        check_ends(x, kwargs.get("steps_per_epoch"), "fit")
        if kwargs.get("validation_data") is not None:
            validation_data = self._checked_validation(kwargs["validation_data"])
            check_ends(validation_data, kwargs.get("validation_steps"), "validation")
            kwargs = {**kwargs, "validation_data": validation_data}
        strategy = self.distribute_strategy
        x, y, kwargs = divided_batches(x, y, kwargs, strategy)
        check_cluster(x, kwargs, strategy)
        if strategy.num_replicas_in_sync == 1:
            x, y, kwargs = fit_batches(x, y, kwargs)
        history = super().fit(x, y, **kwargs)
        if history.epoch and not self.has_stepped:
            raise no_batch_error(x, "fit")
        return history

    def evaluate(self, x=None, y=None, **kwargs):
        """Evaluates the model on held-out samples.

        Metrics of `compile` compare real samples with the same number of generated
        ones.

        Args:
            x: Held-out real samples, as in `fit`.
            y: As in `fit`.
            **kwargs: As in `keras.Model.evaluate`.

        Returns:
            The losses and compiled metrics, a list or, with `return_dict=True`, a
            dict.
        """
        self._check_compiled("evaluate")
        check_fit_arguments(kwargs)
        refuse_arguments(self, "evaluate", unknown_arguments(self, "evaluate", kwargs))
        if not isinstance(x, UntunedArrays):  # Those of `fit` are checked already.
            x, y = self._checked_input(x, y, "evaluate"), as_array(y)
            check_ends(x, kwargs.get("steps"), "evaluate")
            if self.distribute_strategy.num_replicas_in_sync == 1:
                sizes = kwargs.get("batch_size"), kwargs.get("steps")
                x, y = evaluation_batches(x, y, *sizes)
        self._evaluating, in_fit = True, self.has_stepped
        try:
            results = super().evaluate(x, y, **kwargs)
        finally:
            self._evaluating = False
            has_stepped, self.has_stepped = self.has_stepped, in_fit
        if not has_stepped:
            raise no_batch_error(x, "evaluate")
        if not self.has_stepped:
            self._warn_of_empty_metrics()
        return results

    def _warn_of_empty_metrics(self):
        """Warns of metrics that had too few samples, and are not in the results."""
        empty = [metric for metric in self.sample_metrics if metric.is_empty]
        if empty:
            names = ", ".join(
                f"'{metric.name}' (at least {metric.minimum_samples})"
                for metric in empty
            )
            warnings.warn(
                f"Too few samples for the metrics {names}: they are left out.",
                stacklevel=3,
            )

    def _checked_input(self, x, y, method):
        """Returns the samples given to `fit` or `evaluate`, after their checks."""
        x = as_samples(x, self.sample_shape)
        if x is None or data_checks.num_batches(x) == 0:
            raise ValueError(
                f"`{method}()` expected at least one batch of real samples. "
                f"Received: {x!r}"
            )
        check_kind(x, y, method)
        if is_array(x):
            data_checks.check_array(x, self.value_range, self.sample_dtype)
            data_checks.check_shape(x[:1], self.sample_shape)
        if y is not None:
            self._check_takes_condition(f"y in `{method}(x, y)`")
            self.conditions.validate(y)
            if is_array(x) and len(x) != len(y):
                raise ValueError(
                    f"Expected a condition of each sample. Received: {len(x)} samples "
                    f"and {len(y)} conditions."
                )
        return x

    def _checked_validation(self, data):
        """Returns `validation_data` of `fit`, after its checks."""
        if not isinstance(data, (tuple, list)):
            return self._checked_input(data, None, "fit")
        is_list_of_samples = all(np.shape(x) == self.sample_shape for x in data)
        if is_list_of_samples or not 1 <= len(data) <= 3:
            return self._checked_input(data, None, "fit")
        x, y, weights = keras.utils.unpack_x_y_sample_weight(tuple(data))
        check_no_weights(weights)
        return self._checked_input(x, y, "fit"), as_array(y)

    def _check_takes_condition(self, source):
        """Raises `ValueError` if the model takes no condition.

        Args:
            source: String, what was given.
        """
        if not self.has_condition:
            raise ValueError(
                f"This `{type(self).__name__}` has no condition, and would ignore it. "
                f"Received: {source}. Leave it out (of a data set: "
                "`data.map(lambda x, y: x)`), or make a conditional model, as with "
                "`num_classes`."
            )

    def _unpack(self, data):
        """Returns validated real samples and their condition."""
        real, condition, weights = unpacked(data)
        check_no_weights(weights)
        real = self._guarded_samples(real)
        if condition is not None:
            self._check_takes_condition("a data set of (x, y)")
        if not self.has_condition:
            return real, None
        self._require_condition(condition, "fit(x, y)")
        return real, self.conditions.guarded(condition, self.health)

    def _guarded_samples(self, samples):
        return data_checks.guarded_batch(
            samples,
            self.sample_shape,
            self.value_range,
            self.health,
            self.sample_dtype,
        )

    def _require_condition(self, condition, call):
        if condition is None:
            raise ValueError(
                f"`{type(self).__name__}` is conditional. Give each sample its "
                f"condition, such as labels: `{call}`, or a data set of (samples, "
                "condition). Received samples only."
            )

    def _compare(self, real, generated, condition=None):
        """Updates the metrics of generated samples in `test_step`."""
        for metric in self.sample_metrics:
            metric.update_state(real, generated)

    def _next_key(self):
        """Returns the next random key of training."""
        return tf.cast(self.seed_generator.next(), tf.int32)
