import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import (
    check_integer,
    check_seed,
    checked_range,
    is_integer,
    is_number,
)
from keras_rlgen.callbacks.training_snapshot import TrainingSnapshot
from keras_rlgen.metrics import PrecisionRecall
from keras_rlgen.models.data_checks import check_array, check_shape
from keras_rlgen.models.gan import remedies
from keras_rlgen.models.real_samples import as_samples
from keras_rlgen.returns import return_bounds
from keras_rlgen.training.existing_logs import is_empty

REMEDIES = {
    "discriminator_saturated": remedies.REMEDIES["discriminator_saturated"],
    "generator_collapsed": remedies.REMEDIES["generator_collapsed"],
    "values_out_of_range": (
        "Lower the learning rate of the Q-network, clip its gradients, update the "
        "target network less often, use `double=True`, or clip the rewards."
    ),
}


class StabilityMonitor(keras.callbacks.Callback):
    """Stops training that has become unstable, and restores the last good weights.

    It works with every GAN (`GAN`, `ConditionalGAN`, `ReinforceGAN`), with agents that
    learn Q-values, such as `DQN`, and with models that have both. Training stops when
    one of these holds for `patience` epochs in a row; `cause` then names it:

    - `"discriminator_saturated"`: the discriminator's accuracy on *held-out* real
      samples and as many newly generated ones, the mean of both accuracies, exceeds
      `max_accuracy`. It then distinguishes them almost always, and its scores no longer
      show the generator how to improve. The accuracy on training samples, which every
      GAN logs, does not tell this from memorised training samples. Not checked with a
      loss without a decision boundary, such as `"wasserstein"`.
    - `"generator_collapsed"`: the recall of the held-out samples, the fraction of them
      near generated samples (`metrics.PrecisionRecall`), is below `min_recall` times
      its best value in this training.
    - `"values_out_of_range"`: the logged `mean_q` is outside of `value_bounds`, which
      no policy's return can be, by more than a twentieth of their range.

    Logged after each epoch: `held_out_accuracy` and `held_out_recall`, both in [0, 1].

    An epoch is good if none of the three holds in it. The state after the last good
    epoch is kept in memory, and restored when the monitor stops the training: all
    weights and statistics of the model and of its reward, its random states, and the
    state of its optimizers. A replay buffer and the counters of environment steps are
    not restored. If no epoch was good, the weights remain as they are.

    Args:
        validation_data: Held-out real samples, an array `(num_samples, ...)`; for a
            conditional model a pair of samples and their conditions. `None` for an
            agent without a discriminator.
        max_accuracy: Float in (0.5, 1], of the discriminator.
        min_recall: Float in [0, 1), a fraction of the best recall.
        value_bounds: Pair of floats, the range of possible returns; or `None`.
        reward_bounds: Pair of floats, from which, with the agent's `gamma`,
            `returns.return_bounds` derives `value_bounds`; or `None`.
        patience: Integer >= 1, number of epochs in a row.
        start_from_epoch: Integer, epochs at the beginning that do not count towards
            `patience`.
        features: Features in which recall is measured: see
            `keras_rlgen.metrics.feature_extractor`.
        max_samples: Integer, the number of held-out samples used at most, a random
            choice.
        seed: Integer that fixes this choice and the generated samples.
        verbose: Whether to print the cause and a remedy.

    Attributes:
        cause: `None`, or what stopped the training, as above.
        message: The cause and a remedy in words, or `None`.
        stopped_epoch: Index of the epoch after which training was stopped, or `None`.
        restored_epoch: Index of the epoch whose weights were restored, or `None`.

    Raises:
        ValueError: If an argument is out of its range, or both `value_bounds` and
            `reward_bounds` are given.
        TypeError: When training starts, if the model has neither a discriminator nor
            Q-values, or not what an argument is for.

    Example:

    ```python
    monitor = StabilityMonitor(held_out, patience=10)
    gan.fit(images, epochs=200, callbacks=[monitor])
    monitor.cause, monitor.restored_epoch
    ```
    """

    def __init__(
        self,
        validation_data=None,
        max_accuracy=0.95,
        min_recall=0.5,
        value_bounds=None,
        reward_bounds=None,
        patience=10,
        start_from_epoch=0,
        features="identity",
        max_samples=1000,
        seed=0,
        verbose=True,
    ):
        super().__init__()
        if not (is_number(max_accuracy) and 0.5 < max_accuracy <= 1.0) or not (
            is_number(min_recall) and 0.0 <= min_recall < 1.0
        ):
            raise ValueError(
                "Expected `max_accuracy` in (0.5, 1] and `min_recall` in [0, 1). "
                f"Received: max_accuracy={max_accuracy}, min_recall={min_recall}"
            )
        if not is_integer(patience) or patience < 1:
            raise ValueError(f"Expected `patience` >= 1. Received: patience={patience}")
        if value_bounds is not None and reward_bounds is not None:
            raise ValueError(
                "Expected `value_bounds` or `reward_bounds`. Received both: "
                f"{value_bounds} and {reward_bounds}"
            )
        if validation_data is None and value_bounds is None and reward_bounds is None:
            raise ValueError(
                "Expected `validation_data` for a discriminator, `value_bounds` or "
                "`reward_bounds` for Q-values, or both. Received neither."
            )
        check_integer("start_from_epoch", start_from_epoch, least=0)
        check_integer("max_samples", max_samples)
        check_seed(seed)
        if value_bounds is not None:
            value_bounds = checked_range(value_bounds, "value_bounds")
        if reward_bounds is not None:
            reward_bounds = checked_range(reward_bounds, "reward_bounds")
        self.validation_data = validation_data
        self.max_accuracy = max_accuracy
        self.min_recall = min_recall
        self.value_bounds = value_bounds
        self.reward_bounds = reward_bounds
        self.patience = patience
        self.start_from_epoch = start_from_epoch
        self.features = features
        self.max_samples = max_samples
        self.seed = seed
        self.verbose = verbose
        self._clear()

    def _clear(self):
        self.cause = self.message = self.stopped_epoch = self.restored_epoch = None
        self._epochs = dict.fromkeys(REMEDIES, 0)
        self._best_recall = self._best_epoch = 0
        self._snapshot = self._good_epoch = None

    def on_train_begin(self, logs=None):
        self._clear()
        if self.validation_data is not None:
            self._prepare_samples()
        self._bounds = self.value_bounds
        if self.reward_bounds is not None:
            agent = self._agent()
            self._bounds = return_bounds(self.reward_bounds, agent.gamma)
        elif self._bounds is not None:
            self._agent()

    def _agent(self):
        """Returns what learns Q-values: the model, or its attribute `agent`."""
        for agent in (self.model, getattr(self.model, "agent", None)):
            if hasattr(agent, "mean_q_tracker"):
                return agent
        raise TypeError(
            "`value_bounds` and `reward_bounds` of `StabilityMonitor` are for models "
            "that learn Q-values, such as `DQN`, and log their mean as `mean_q`. "
            f"Received: {type(self.model).__name__}. Leave them out."
        )

    def _prepare_samples(self):
        model, data = self.model, self.validation_data
        if not hasattr(model, "judge_held_out"):
            raise TypeError(
                "`validation_data` of `StabilityMonitor` is for models with a "
                f"discriminator, such as `GAN`. Received: {type(model).__name__}. "
                "Leave it out."
            )
        real, condition = data if isinstance(data, tuple) else (data, None)
        if (condition is not None) != model.has_condition:
            raise ValueError(
                "`StabilityMonitor` expected `validation_data=(samples, condition)` of "
                "a conditional model, and samples alone of another. Received: "
                f"{type(data).__name__} for a `{type(model).__name__}`."
            )
        real = as_samples(real, model.sample_shape)
        check_array(real, model.value_range, model.sample_dtype)
        check_shape(real[:1], model.sample_shape)
        chosen = np.random.default_rng(self.seed).permutation(len(real))
        chosen = chosen[: self.max_samples]
        self._real = tf.constant(np.asarray(real)[chosen], model.sample_dtype)
        self._condition = None
        if condition is not None:
            self._condition = model.conditions.validate(np.asarray(condition)[chosen])
        self._recall = PrecisionRecall(self.features, max_samples=len(chosen))
        self._recall.build(model.sample_shape, model.sample_dtype)
        self._judge = tf.function(self._judged, autograph=False)

    def _judged(self, key):
        """Returns generated samples and the discriminator's accuracy."""
        generated, real_logits, generated_logits = self.model.judge_held_out(
            self._real, key, self._condition
        )
        boundary = self.model.adversarial_loss.boundary
        if boundary is None:
            return generated, tf.constant(float("nan"))
        right = tf.cast(real_logits > boundary, tf.float32)
        right_too = tf.cast(generated_logits <= boundary, tf.float32)
        return generated, 0.5 * (tf.reduce_mean(right) + tf.reduce_mean(right_too))

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        if self.validation_data is not None:
            generated, accuracy = self._judge(tf.constant([self.seed, epoch]))
            self._recall.reset_state()
            self._recall.update_state(self._real, generated)
            if self.model.adversarial_loss.boundary is not None:
                logs["held_out_accuracy"] = float(accuracy)
            if not self._recall.is_empty:
                logs["held_out_recall"] = float(self._recall.result()["recall"])
        found = self._found(epoch, logs)
        if not found:
            self._snapshot, self._good_epoch = TrainingSnapshot(self.model), epoch
        for cause in REMEDIES:
            counts = cause in found and epoch >= self.start_from_epoch
            self._epochs[cause] = self._epochs[cause] + 1 if counts else 0
            if self._epochs[cause] == self.patience and self.cause is None:
                self.cause, self.stopped_epoch = cause, epoch
                self.message = f"{found[cause]} {REMEDIES[cause]}"
                self.model.stop_training = True

    def _found(self, epoch, logs):
        """Returns a dict from what holds in this epoch to its description."""
        found = {}
        accuracy = logs.get("held_out_accuracy", 0.0)
        if accuracy > self.max_accuracy:
            found["discriminator_saturated"] = (
                "The discriminator is saturated: its held-out accuracy was above "
                f"{self.max_accuracy} for {self.patience} epochs, {accuracy:.3f} in "
                "the last."
            )
        recall = logs.get("held_out_recall", 0.0)
        if recall > self._best_recall:
            self._best_recall, self._best_epoch = recall, epoch
        elif recall < self.min_recall * self._best_recall:
            found["generator_collapsed"] = (
                "The generator has collapsed: the recall of held-out samples was below "
                f"{self.min_recall} of its best, {self._best_recall:.3f} in epoch "
                f"{self._best_epoch}, for {self.patience} epochs; {recall:.3f} in the "
                "last."
            )
        value = None if self._bounds is None else self._mean_q(logs)
        if value is not None:
            low, high = self._bounds
            margin = 0.05 * (high - low)  # Good estimates vary around a bound.
            if value < low - margin or value > high + margin:
                found["values_out_of_range"] = (
                    f"Q-values are out of range: their mean was outside of [{low:g}, "
                    f"{high:g}], the possible returns, for {self.patience} epochs; "
                    f"{value:.3g} in the last."
                )
        return found

    def _mean_q(self, logs):
        """Returns the mean of the Q-values, `None` if there is none yet."""
        if "mean_q" in logs:
            return logs["mean_q"]
        tracker = self._agent().mean_q_tracker
        return None if is_empty(tracker) else float(tracker.result())

    def on_train_end(self, logs=None):
        if self.cause is not None:
            kept = "No epoch was good, so the weights remain those of the last."
            if self._snapshot is not None:
                self._snapshot.restore()
                self.restored_epoch = self._good_epoch
                kept = f"The weights are again those after epoch {self._good_epoch}."
            self.message = f"{self.message} {kept}"
            if self.verbose:
                print(f"Training stopped after epoch {self.stopped_epoch}.")
                print(self.message)
        self._snapshot = None
