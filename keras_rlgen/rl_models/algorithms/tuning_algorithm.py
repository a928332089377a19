import keras

from keras_rlgen import baselines
from keras_rlgen.identifiers import renamed, with_objects


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
        name: String.

    Attributes:
        log_names: Tuple of the keys that `loss` logs besides the loss.

    Raises:
        ValueError: If `epochs` or `minibatches` is not a positive integer, or the
            baseline is a critic.
    """

    log_names = ()

    def __init__(self, baseline="rloo", epochs=1, minibatches=1, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        for key, value in {"epochs": epochs, "minibatches": minibatches}.items():
            if not isinstance(value, int) or value < 1:
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
        if group_size < 2 and isinstance(self.baseline, baselines.LeaveOneOut):
            raise ValueError(
                "The leave-one-out baseline compares samples. Received a group of "
                "one. Use at least 2, or the baseline 'moving_average'."
            )

    def advantages(self, rewards):
        """Computes the advantage of each sample over its group.

        Args:
            rewards: Float32 tensor `(groups, group_size)`.

        Returns:
            Float32 tensor of the same shape.
        """
        return rewards - self.baseline.values(rewards, ())

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
            advantages: Float32 tensor `(batch,)`, of samples; or `(batch, steps)`.
            mask: Tensor `(batch, steps)`, true or nonzero at valid elements; `()` if
                all are valid.

        Returns:
            A pair: a float32 scalar, and a dict from each of `log_names` to one.
        """
        raise NotImplementedError

    def learn(self, rewards):
        """Updates the baseline from a batch, after its advantages are computed.

        Args:
            rewards: As in `advantages`.
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
