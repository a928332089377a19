"""Base class of all trained models."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.training import replicas
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.compile_arguments import check_compile_arguments
from keras_rlgen.training.compiled_step import CompiledStep
from keras_rlgen.training.existing_logs import ExistingLogs
from keras_rlgen.training.fit_callbacks import fit_callbacks
from keras_rlgen.training.health_monitor import HealthMonitor
from keras_rlgen.training.keras_internals import all_layers, build_optimizer, untrack
from keras_rlgen.training.refused_arguments import refuse_arguments
from keras_rlgen.training.replica_checks import (
    check_mirrored,
    check_strategy,
    prepare_replicated_optimizer,
)
from keras_rlgen.training.whole_saving import WholeSaving

serialize = keras.saving.serialize_keras_object


class GuardedModel(WholeSaving):
    """Base class of trained models: guarded updates, `compile`, saved random states.

    It is independent of data and losses: `models.SampleModel` adds real samples, and
    `agents.Agent` adds environments.

    Args:
        name: String.

    Attributes:
        health: `HealthMonitor`, which keeps non-finite values out of the weights.
        compile_advice: Dict from arguments that `compile` does not take to what to do
            instead, for errors.
        progress_logs: Tuple of the logs that the progress bar shows, in the order of
            their importance. By default all that fit.
        is_traced: Whether a training step was taken since `compile`: the first takes
            longer.
        has_stepped: Whether there was a step since `fit` or `evaluate` was called.
        one_replica_because: String, why the model is not trained on several replicas of
            a `tf.distribute` strategy, and what to do instead; `None` if it is.
    """

    compile_advice = {}
    progress_logs = ()
    is_traced = False
    has_stepped = False
    one_replica_because = "Its data do not come in batches of samples. Use one device."

    def __init__(self, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.health = HealthMonitor()
        self._existing_logs = ExistingLogs()

    def compile(
        self,
        optimizer,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        parts=None,
        auto_scale_loss=True,
        **unknown,
    ):
        """Configures training.

        Args:
            optimizer: Built Keras optimizer, or an `OptimizerGroup`.
            run_eagerly: As in `keras.Model.compile`.
            steps_per_execution: As in `keras.Model.compile`.
            jit_compile: As in `keras.Model.compile`; `"auto"` does not use XLA if it
                cannot compile one of the parts.
            parts: Dict from attribute names to layers to set, or `None`: what a step
                calls beside the networks, such as a reward.
            auto_scale_loss: As in `keras.Model.compile`.
            **unknown: Refused, with what to use instead.

        Raises:
            TypeError: If there is another argument.
            ValueError: If a strategy has several replicas and the model or a part
                trains on one, or something was made outside of its scope; or if
                `jit_compile` is true and XLA cannot compile a part.
        """
        refuse_arguments(self, "compile", unknown, self.compile_advice)
        parts = parts or {}
        check_compile_arguments(run_eagerly, jit_compile, steps_per_execution)
        check_strategy(self, parts, jit_compile)
        if self.distribute_strategy.num_replicas_in_sync > 1:
            jit_compile = False
        if jit_compile is True and not run_eagerly:
            self._check_compilable(parts)
        self.is_traced = False
        for name, part in parts.items():
            untrack(self, getattr(self, name))
            setattr(self, name, part)
        super().compile(
            optimizer=optimizer,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=auto_scale_loss,
        )

    def _check_compilable(self, parts):
        """Raises `ValueError` if XLA cannot compile a layer of one of the parts."""
        for argument, part in parts.items():
            for layer in [] if part is None else all_layers(part):
                if not layer.supports_jit:
                    raise ValueError(
                        f"XLA cannot compile '{layer.name}', a part of `{argument}`. "
                        "Received: jit_compile=True. Use 'auto', which does not use "
                        "XLA if it cannot compile a part, or False."
                    )

    def _built_optimizer(self, identifier, variables):
        """Returns a Keras optimizer from a name or instance, built for variables."""
        check_mirrored(variables, f"`{type(self).__name__}`")
        optimizer = checked_optimizer(identifier)
        scaled = keras.optimizers.LossScaleOptimizer
        if self.dtype_policy.name == "mixed_float16" and not isinstance(
            optimizer, scaled
        ):
            optimizer = scaled(optimizer)
        build_optimizer(optimizer, variables)
        prepare_replicated_optimizer(optimizer)
        return optimizer

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
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

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(f"Call `compile()` before `{method}()`.")

    def apply_if_finite(
        self,
        name,
        optimizer,
        variables,
        gradients,
        terms,
        after=None,
        weight=None,
    ):
        """Applies gradients with an optimizer, if they and `terms` are finite.

        Gradients are the mean over replicas.

        Args:
            name: String, name of the gradient in errors.
            optimizer: Keras optimizer.
            variables: List of Keras variables.
            gradients: List of the gradients, of a loss scaled by the optimizer.
            terms: Dict from names to tensors that must be finite.
            after: Callable without arguments, run after an update that was not skipped.
            weight: Float scalar tensor, of this replica's gradients in their mean; by
                default all are equal.
        """
        gradients = replicas.mean(gradients, weight)
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            terms = {**terms, name: _sums(gradients)}

        def update():
            optimizer.apply(gradients, variables)
            if after is not None:
                after()

        self.health.guard(terms, update)

    def fit(self, x=None, y=None, callbacks=None, verbose="auto", **kwargs):
        """Trains, as `keras.Model.fit` does, with a progress bar of one line."""
        self.has_stepped = False
        names = list(self.logged_metrics)
        callbacks = fit_callbacks(
            callbacks, names, verbose, self.training_callbacks(kwargs)
        )
        return super().fit(x, y, callbacks=callbacks, verbose=verbose, **kwargs)

    def training_callbacks(self, options):
        """Returns the callbacks that `fit` adds before those that it is given.

        Args:
            options: Dict of the other arguments of `fit`.
        """
        return []

    def evaluate(self, x=None, y=None, callbacks=None, verbose="auto", **kwargs):
        """Evaluates, as `keras.Model.evaluate` does, with that progress bar."""
        self.has_stepped = False
        callbacks = fit_callbacks(callbacks, [], verbose)
        return super().evaluate(x, y, callbacks=callbacks, verbose=verbose, **kwargs)

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            self.train_function = self._training_function(self.train_function)
        return self.train_function

    def _training_function(self, of_keras):
        """Returns a function of an iterator that trains, and raises faults.

        Args:
            of_keras: Keras' own, for several steps or replicas, and other iterators.
        """
        strategy, one_step = self.distribute_strategy, None
        if self.steps_per_execution == strategy.num_replicas_in_sync == 1:
            if not self.run_eagerly:
                one_step = CompiledStep(
                    self.train_step, self.health, strategy, self.jit_compile
                )
        raising = self._raising(of_keras)

        def train(iterator):
            if one_step is None or not isinstance(iterator, tf.data.Iterator):
                return raising(iterator)
            logs = one_step(iterator)
            self.is_traced = self.has_stepped = True
            return self.step_logs(logs)

        return train

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            super().make_test_function(force)
            self.test_function = self._raising(self.test_function)
        return self.test_function

    def _raising(self, function):
        def step(iterator):
            logs = function(iterator)
            self.is_traced = self.has_stepped = True
            self.health.raise_if_faulty()
            return self.step_logs(logs)

        return step

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Does nothing: Keras would call the model on a batch of one replica."""

    def _finished(self, trackers):
        """Ends a step: replicas agree on faults. Returns the results of trackers."""
        self.health.agree()
        return replicas.step_logs({m.name: m.result() for m in trackers})

    def existing_logs(self, logs):
        """Returns logs without those of which nothing is known yet.

        Args:
            logs: Dict from the keys of `logged_metrics` to their results.
        """
        return self._existing_logs(logs, self.logged_metrics)

    def step_logs(self, logs):
        """Returns the logs of a training or evaluation step for callbacks.

        Args:
            logs: Dict, what the step returned.
        """
        return self.existing_logs(logs)

    @property
    def logged_metrics(self):
        """Dict from the keys of the logs to metrics."""
        return {metric.name: metric for metric in self.metrics}

    def reset_metrics(self):
        super().reset_metrics()
        self._existing_logs.reset()
        # An epoch begins. What was assigned between is the same on all replicas.
        replicas.separate_streams(self._seed_states(), self.distribute_strategy)

    def _get_metrics_result_or_logs(self, logs):
        # Keras asks for the metrics only if the last step logged each of them; up to
        # 3.13 it also leaves them tensors.
        logs = self.existing_logs(self.get_metrics_result())
        return {name: x if np.ndim(x) else float(x) for name, x in logs.items()}

    def _seed_states(self):
        """Returns the random states of all layers, which Keras does not save."""
        weights = {id(v) for v in self.weights}
        return [
            v
            for v in self.non_trainable_variables
            if id(v) not in weights and v.path.endswith("seed_generator_state")
        ]

    def save_own_variables(self, store):
        super().save_own_variables(store)
        self._save_seed_states(store)

    def _save_seed_states(self, store):
        for index, state in enumerate(self._seed_states()):
            strategy = self.distribute_strategy
            store[f"seed_state_{index}"] = replicas.first_stream(state, strategy)

    def load_own_variables(self, store):
        names = [k for k in store.keys() if not k.startswith("seed_state_")]
        super().load_own_variables({name: store[name] for name in names})
        self._load_seed_states(store)

    def _load_seed_states(self, store):
        stored = set(store.keys())
        for index, state in enumerate(self._seed_states()):
            if f"seed_state_{index}" in stored:
                state.assign(store[f"seed_state_{index}"])


def _sums(gradients):
    """Returns a float32 sum for each gradient: finite if all its elements are."""
    dense = (g.values if isinstance(g, tf.IndexedSlices) else g for g in gradients)
    return [tf.reduce_sum(tf.cast(g, tf.float32)) for g in dense if g is not None]
