import keras
import tensorflow as tf

from keras_rlgen import baselines
from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import renamed, with_objects
from keras_rlgen.losses.policy import scale_advantages
from keras_rlgen.rl_models.algorithms.minibatch import minibatch_weight

SCALES = ("none", "batch", "group")


class TuningAlgorithm(keras.layers.Layer):
    """Base class of the algorithms of `RewardTuner`.

    Subclasses implement `loss`, and `advantages` unless they are the reward minus the
    baseline.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`. Not a
            `Critic`, since samples have no context to predict their value from.
        epochs: Positive integer, passes over a batch of samples.
        minibatches: Positive integer, updates per epoch. It divides the number of
            samples.
        scale_advantages: What advantages are divided by: `"none"`, `"batch"`, their
            root mean square over the batch, or `"group"`, that over their group. `True`
            and `False` stand for `"batch"` and `"none"`.
        name: String.

    Attributes:
        log_names: Tuple of the keys that `loss` logs besides the loss.
        takes_step_advantages: Whether `loss` takes an advantage for each step.
        learns_preferences: Whether it learns from the order of rewards in a group.
            `loss` then gets, for `old_log_probs`, the log-probabilities under the
            reference, and the advantages in groups, `(groups, group_size)`.

    Raises:
        ValueError: If `epochs` or `minibatches` is not a positive integer, the baseline
            is a critic, or the scale is unknown.
    """

    log_names = ()
    takes_step_advantages = True
    learns_preferences = False
    epsilon = 1e-6  # added to what advantages are divided by

    def __init__(
        self,
        baseline="rloo",
        epochs=1,
        minibatches=1,
        scale_advantages="none",
        name=None,
        **kwargs,
    ):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        for key, value in {"epochs": epochs, "minibatches": minibatches}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        self.baseline = baselines.get(baseline)
        if isinstance(self.baseline, baselines.Critic):
            raise ValueError(
                "A critic predicts a value from a context, and samples of a tuned "
                "generator have none. Use 'rloo', 'moving_average' or 'none'."
            )
        self.epochs = epochs
        self.minibatches = minibatches
        if isinstance(scale_advantages, bool):
            scale_advantages = "batch" if scale_advantages else "none"
        if scale_advantages not in SCALES:
            raise ValueError(
                f"Expected `scale_advantages` in {list(SCALES)}. Received: "
                f"{scale_advantages!r}"
            )
        self.scale_advantages = scale_advantages

    @property
    def num_updates(self):
        """Number of updates per batch of samples."""
        return self.epochs * self.minibatches

    def validate(self, num_samples, group_size):
        """Checks the sizes of a batch.

        Args:
            num_samples: Integer, samples per batch.
            group_size: Integer, samples per group.

        Raises:
            ValueError: If the algorithm cannot use such a batch.
        """
        if num_samples % self.minibatches:
            raise ValueError(
                f"Expected `num_samples` to be a multiple of {self.minibatches}, the "
                f"algorithm's `minibatches`. Received: num_samples={num_samples}"
            )
        if (not is_integer(group_size) or group_size < 2) and isinstance(
            self.baseline, baselines.LeaveOneOut
        ):
            raise ValueError(
                "The leave-one-out baseline compares samples. Received a group of "
                "one. Use at least 2, or the baseline 'moving_average'."
            )

    def advantages(self, rewards, mask=()):
        """Computes the advantage of each sample, or step, over its group.

        Args:
            rewards: Float32 tensor `(groups, group_size)`; or `(groups, group_size,
                steps)`, the return from each step on, whose baseline is computed for
                each step.
            mask: Tensor `(groups, group_size, steps)`, true or nonzero at valid steps,
                that of the scale; `()` if all are valid.

        Returns:
            Float32 tensor of the same shape.
        """
        centred = rewards - self._baseline_values(rewards)
        if self.scale_advantages == "none":
            return centred
        return scale_advantages(
            centred, self.epsilon, mask, self.scale_advantages == "group"
        )

    def _baseline_values(self, rewards):
        if len(rewards.shape) == 2:
            return self.baseline.values(rewards, ())
        # Baselines compare along the last axis.
        values = self.baseline.values(tf.transpose(rewards, [0, 2, 1]), ())
        return tf.transpose(values, [0, 2, 1])

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        """Computes the loss of an update.

        If the generator generates samples step by step, log-probabilities are of the
        elements of samples, and the loss and its logs are means over all valid elements
        of the batch.

        Args:
            log_probs: Float32 tensor `(batch,)` or `(batch, steps)`, in nats, under the
                current policy.
            old_log_probs: Float32 tensor of the same shape, under the policy that
                sampled.
            advantages: Float32 tensor `(batch,)`, of samples; or `(batch, steps)`; or
                `(groups, group_size)` if the algorithm `learns_preferences`.
            mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if
                all are valid.

        Returns:
            A pair: a float32 scalar, and a dict from each of `log_names` to one.
        """
        raise NotImplementedError

    def minibatch_weight(self, mask, whole_mask):
        """Returns the weight of a minibatch's loss within its epoch.

        Args:
            mask: Mask of the minibatch, as in `loss`.
            whole_mask: Mask of the batch.

        Returns:
            Float32 scalar, by which the losses of minibatches have the mean that the
            whole batch has; `None` for a weight of one.
        """
        return minibatch_weight(mask, whole_mask, self.minibatches)

    def learn(self, rewards):
        """Updates the baseline from a batch, after its advantages are computed.

        Args:
            rewards: Float32 tensor `(groups, group_size)`.
        """
        self.baseline.update(rewards, ())

    def call(self, rewards):
        return self.advantages(rewards)

    def get_config(self):
        return {
            **super().get_config(),
            "baseline": keras.saving.serialize_keras_object(self.baseline),
        }

    @classmethod
    def from_config(cls, config):
        config = renamed(config, normalize_advantages="scale_advantages")
        return cls(**with_objects(config, "baseline"))
