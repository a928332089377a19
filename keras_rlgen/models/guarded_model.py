"""The part of a model that knows Keras' training loop, and no family."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import metrics as sample_metrics
from keras_rlgen.models import data_checks
from keras_rlgen.training.health_monitor import HealthMonitor

serialize = keras.saving.serialize_keras_object


class GuardedModel(keras.Model):
    """Base: checked data, guarded updates, sample metrics, random states in files.

    A subclass has `sample_shape`, `training_trackers`, `train_step` and `test_step`.
    Training does not depend on what is generated or evaluated in between: each has a
    stream of random numbers of its own.

    Args:
        conditions: What tells a fit condition from another, such as
            `ClassLabels(num_classes)`; `None` for a model without condition.
        seed: Integer or `None`.
        name: String.
    """

    value_range = None

    def __init__(self, conditions=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.conditions = conditions
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.sampling_seed_generator = keras.random.SeedGenerator(seed)
        self.health = HealthMonitor()
        self.sample_metrics = []
        self._evaluating = False

    @property
    def has_condition(self):
        """Whether `fit`, `generate` and the like take a condition."""
        return self.conditions is not None

    def compile(
        self,
        optimizer,
        metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        parts=None,
    ):
        """Configures training.

        Args:
            optimizer: Built Keras optimizer, or what stands for several.
            metrics: List of `keras_rlgen.metrics` or their names.
            run_eagerly: As in `keras.Model.compile`.
            steps_per_execution: As in `keras.Model.compile`.
            jit_compile: As in `keras.Model.compile`; `"auto"` leaves XLA out where it
                cannot compile one of the parts.
            parts: Dict from attributes of the model to the layers that they become,
                or `None`: what a step calls beside the networks, such as a reward.

        Raises:
            ValueError: If a metric is unknown, if the model is asked to train on
                several replicas, or if `jit_compile` is true and XLA cannot compile
                a part.
        """
        parts = parts or {}
        self._check_strategy()
        if jit_compile is True and not run_eagerly:
            _check_compilable(parts)
        metrics = [sample_metrics.get(m) for m in metrics or []]
        for metric in metrics:
            metric.build(self.sample_shape)
        for name, part in parts.items():
            # Keras goes on tracking the weights of an attribute that is replaced.
            self._tracker.untrack(getattr(self, name))
            setattr(self, name, part)
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.sample_metrics = metrics

    def _check_strategy(self):
        strategy = self.distribute_strategy
        if strategy.num_replicas_in_sync > 1:
            raise ValueError(
                f"`{type(self).__name__}` trains on one replica. Received: "
                f"{type(strategy).__name__} with {strategy.num_replicas_in_sync}. "
                "Replicas would draw the same latents, and each decide for itself "
                "whether its numbers are fit for an update. Use one device."
            )

    def _built_optimizer(self, identifier, variables):
        optimizer = keras.optimizers.get(identifier)
        scaled = keras.optimizers.LossScaleOptimizer
        if self.dtype_policy.name == "mixed_float16" and not isinstance(
            optimizer, scaled
        ):
            optimizer = scaled(optimizer)
        if not optimizer.built:
            optimizer.build(variables)
        return optimizer

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "metrics": [serialize(m) for m in self.sample_metrics],
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config):
        self.compile(
            **{
                key: keras.saving.deserialize_keras_object(value)
                for key, value in config.items()
            }
        )

    @property
    def metrics(self):
        trackers = dict.fromkeys([*self.training_trackers, *self.evaluation_trackers])
        return [*trackers, *self.sample_metrics]

    @property
    def evaluation_trackers(self):
        """The trackers that `test_step` updates."""
        return self.training_trackers

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

    def fit(self, x=None, y=None, **kwargs):
        """Trains, as `keras.Model.fit` does.

        Args:
            x: Real samples: NumPy array or tensor `(num_samples, ...)`,
                `tf.data.Dataset` or `PyDataset` of batches.
            y: What the samples are conditioned on, for models that take it.
            **kwargs: As in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: Before any update, if the samples are empty, out of the
                generator's range, not finite, or of the wrong shape; later, if a
                batch of a data set is, with the weights of the update before.
            FloatingPointError: If a loss, reward or gradient stops being finite,
                with the weights of the update before.
        """
        self._check_compiled("fit")
        self._check_input(x, y, "fit")
        return super().fit(x, y, **kwargs)

    def evaluate(self, x=None, y=None, **kwargs):
        """Judges the model on held-out samples.

        Metrics of `compile` compare as many generated samples with real ones.

        Args:
            x: Held-out real samples, as in `fit`.
            y: As in `fit`.
            **kwargs: As in `keras.Model.evaluate`.

        Returns:
            The losses and compiled metrics, a list or, with `return_dict=True`, a
            dict.
        """
        self._check_compiled("evaluate")
        self._check_input(x, y, "evaluate")
        self._evaluating = True
        try:
            return super().evaluate(x, y, **kwargs)
        finally:
            self._evaluating = False

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(f"Call `compile()` before `{method}()`.")

    def _check_input(self, x, y, method):
        if x is None or data_checks.num_batches(x) == 0:
            raise ValueError(
                f"`{method}()` expected at least one batch of real samples. "
                f"Received: {x!r}"
            )
        if isinstance(x, np.ndarray) or tf.is_tensor(x):
            data_checks.check_array(x, self.value_range)
            data_checks.check_shape(x[:1], self.sample_shape)
        if y is not None and self.has_condition:
            self.conditions.check(y)

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            self.train_function = self._raising(self.train_function)
        return self.train_function

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            super().make_test_function(force)
            self.test_function = self._raising(self.test_function)
        return self.test_function

    def _raising(self, function):
        def step(iterator):
            logs = function(iterator)
            self.health.raise_if_faulty()
            return logs

        return step

    def _unpack(self, data):
        """Returns real samples and their condition, fit to compute with."""
        real, condition, _ = keras.utils.unpack_x_y_sample_weight(data)
        real = self._checked_samples(real)
        if not self.has_condition:
            return real, None
        self._require_condition(condition, "fit(x, y)")
        return real, self.conditions.checked(condition, self.health)

    def _checked_samples(self, samples):
        return data_checks.checked_batch(
            samples, self.sample_shape, self.value_range, self.health
        )

    def _require_condition(self, condition, call):
        if condition is None:
            raise ValueError(
                f"`{type(self).__name__}` is conditional. Give each sample its "
                f"condition, such as labels: `{call}`, or a data set of (samples, "
                "condition). Received samples only."
            )

    def _update(self, name, optimizer, variables, gradients, terms, after=None):
        """Takes a step of an optimizer, if `terms` and the gradients are finite.

        Args:
            name: String, what errors call the gradient.
            optimizer: Keras optimizer.
            variables: List of Keras variables.
            gradients: List of the gradients, of a loss scaled by the optimizer.
            terms: Dict from names to tensors that have to be finite.
            after: Callable without arguments, run after an update that took place.
        """
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            terms = {**terms, name: _sums(gradients)}

        def update():
            optimizer.apply(gradients, variables)
            if after is not None:
                after()

        self.health.guard(terms, update)

    def _compare(self, real, generated):
        """Updates what judges generated samples in `test_step`."""
        for metric in self.sample_metrics:
            metric.update_state(real, generated)

    def _next_key(self):
        """Returns the next key of training."""
        return tf.cast(self.seed_generator.next(), tf.int32)

    def _seed_states(self):
        """The random states of the model and its layers, which Keras leaves unsaved."""
        weights = {id(v) for v in self.weights}
        return [
            v
            for v in self.non_trainable_variables
            if id(v) not in weights and v.path.endswith("seed_generator_state")
        ]

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states()):
            store[f"seed_state_{index}"] = state.numpy()

    def load_own_variables(self, store):
        states = {k: store[k] for k in store.keys() if k.startswith("seed_state_")}
        super().load_own_variables(
            {k: store[k] for k in store.keys() if k not in states}
        )
        for index, state in enumerate(self._seed_states()):
            if f"seed_state_{index}" in states:
                state.assign(states[f"seed_state_{index}"])


def _check_compilable(parts):
    """Raises `ValueError` if XLA cannot compile a layer of one of the parts."""
    for argument, part in parts.items():
        for layer in [] if part is None else part._flatten_layers():
            if not layer.supports_jit:
                raise ValueError(
                    f"XLA cannot compile '{layer.name}', a part of `{argument}`. "
                    "Received: jit_compile=True. Use 'auto', which leaves XLA out "
                    "where it cannot compile a part, or False."
                )


def _sums(gradients):
    """Returns a float32 sum for each gradient: finite if all its elements are."""
    dense = (g.values if isinstance(g, tf.IndexedSlices) else g for g in gradients)
    return [tf.reduce_sum(tf.cast(g, tf.float32)) for g in dense if g is not None]
