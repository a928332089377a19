"""The part of a two-player model that knows Keras' training loop, not the game."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import metrics as sample_metrics
from keras_rlgen.models import data_checks
from keras_rlgen.models.health_monitor import HealthMonitor
from keras_rlgen.models.optimizer_group import OptimizerGroup

serialize = keras.saving.serialize_keras_object


class AdversarialTrainer(keras.Model):
    """Base: two optimizers, guarded updates, sample metrics, compiled sampling.

    A subclass has `generator`, `discriminator`, `training_trackers`, `train_step`,
    `test_step` and `sample(count, key, condition)`.
    """

    def __init__(self, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.health = HealthMonitor()
        self.sample_metrics = []
        self._evaluating = False
        self._sampler = None

    def compile(
        self,
        generator_optimizer,
        discriminator_optimizer,
        metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
    ):
        self._check_strategy()
        if generator_optimizer is discriminator_optimizer and isinstance(
            generator_optimizer, keras.optimizers.Optimizer
        ):
            raise ValueError(
                "Expected an optimizer for each player. Received the same instance as "
                "`generator_optimizer` and `discriminator_optimizer`; make two."
            )
        generator_optimizer = self._player_optimizer(
            generator_optimizer, self.generator
        )
        discriminator_optimizer = self._player_optimizer(
            discriminator_optimizer, self.discriminator
        )
        metrics = [sample_metrics.get(m) for m in metrics or []]
        for metric in metrics:
            metric.build(self.sample_shape)
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.optimizer = OptimizerGroup([generator_optimizer, discriminator_optimizer])
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

    def _player_optimizer(self, identifier, network):
        optimizer = keras.optimizers.get(identifier)
        scaled = keras.optimizers.LossScaleOptimizer
        if self.dtype_policy.name == "mixed_float16" and not isinstance(
            optimizer, scaled
        ):
            optimizer = scaled(optimizer)
        if not optimizer.built:
            optimizer.build(network.trainable_variables)
        return optimizer

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
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
        return [*self.training_trackers, *self.sample_metrics]

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
        self._check_input(x, "fit")
        return super().fit(x, y, **kwargs)

    def evaluate(self, x=None, y=None, **kwargs):
        """Compares as many generated samples with real ones, as many metrics say.

        Args:
            x: Held-out real samples, as in `fit`.
            y: As in `fit`.
            **kwargs: As in `keras.Model.evaluate`.

        Returns:
            The losses, accuracies and compiled metrics, a list or, with
            `return_dict=True`, a dict.
        """
        self._check_compiled("evaluate")
        self._check_input(x, "evaluate")
        self._evaluating = True
        try:
            return super().evaluate(x, y, **kwargs)
        finally:
            self._evaluating = False

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(f"Call `compile()` before `{method}()`.")

    def _check_input(self, x, method):
        if x is None or data_checks.num_batches(x) == 0:
            raise ValueError(
                f"`{method}()` expected at least one batch of real samples. "
                f"Received: {x!r}"
            )
        if isinstance(x, np.ndarray) or tf.is_tensor(x):
            data_checks.check_array(x, self.value_range)
            data_checks.checked_batch(
                tf.convert_to_tensor(x[:1]), self.sample_shape, None, self.health
            )

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

    def _unpack(self, data):
        """Returns real samples and the condition, which is `None` here."""
        return keras.utils.unpack_x_y_sample_weight(data)[0], None

    def _update(self, player, tape, loss, terms, after=None):
        """Descends one player's loss, if `terms` and its gradient are finite.

        Args:
            player: "generator" or "discriminator".
            tape: The gradient tape on which `loss` was computed.
            loss: Scalar, scaled by the optimizer.
            terms: Dict from names to tensors that have to be finite.
            after: Callable without arguments, run after an update that took place.
        """
        optimizer = getattr(self, f"{player}_optimizer")
        variables = getattr(self, player).trainable_variables
        gradients = tape.gradient(loss, variables)
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            terms = {**terms, f"{player}_gradient": _sums(gradients)}

        def update():
            optimizer.apply(gradients, variables)
            if after is not None:
                after()

        self.health.guard(terms, update)

    def _average_weights(self):
        """Moves the averaged generator towards the generator, if there is one."""
        if self.average_generator is None:
            return
        step = tf.cast(self.generator_optimizer.iterations, tf.float32)
        # Weights of the first steps are forgotten sooner.
        momentum = tf.minimum(self.ema_momentum, (1.0 + step) / (10.0 + step))
        for average, value in zip(
            self.average_generator.weights, self.generator.weights, strict=True
        ):
            average.assign(value + tf.cast(momentum, value.dtype) * (average - value))

    def _compare(self, real, generated):
        """Updates what judges generated samples in `test_step`."""
        for metric in self.sample_metrics:
            metric.update_state(real, generated)

    def _compiled_generate(self, num_samples, seed, condition=None):
        if not isinstance(num_samples, (int, np.integer)) or num_samples < 1:
            raise ValueError(
                "Expected `num_samples` to be a positive integer. "
                f"Received: {num_samples!r}"
            )
        if self._sampler is None:
            self._sampler = tf.function(self.sample, reduce_retracing=True)
        if seed is None:
            key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        else:
            key = tf.constant([seed, 0], tf.int32)
        count = tf.constant(int(num_samples), tf.int32)
        return self._sampler(count, key, condition).numpy()

    def export(self, filepath, **kwargs):
        """Writes a SavedModel with the endpoints `serve` and `generate`.

        See `keras_rlgen.export.export_generator`.
        """
        from keras_rlgen.export import export_generator

        export_generator(self, filepath, **kwargs)


def _sums(gradients):
    """Returns a float32 sum for each gradient: finite if all its elements are."""
    dense = (g.values if isinstance(g, tf.IndexedSlices) else g for g in gradients)
    return [tf.reduce_sum(tf.cast(g, tf.float32)) for g in dense if g is not None]
