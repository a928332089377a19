import keras

from keras_rlgen import baselines
from keras_rlgen.identifiers import renamed, with_objects


class TuningAlgorithm(keras.layers.Layer):
    """Base: what is learned from a batch of draws and their rewards.

    A subclass writes `loss`, and `advantages` unless they are the reward less the
    baseline.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`. No
            `Critic`, since draws have no context to judge by.
        epochs: Positive integer, how often a batch of draws is gone through.
        minibatches: Positive integer, updates in an epoch. It divides the number of
            draws.
        name: String.

    Attributes:
        log_names: Tuple of the names of what `loss` returns beside the loss.

    Raises:
        ValueError: If `epochs` or `minibatches` is no positive integer, or the
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
                "A critic judges the context of a draw, and draws of a tuned "
                "generator have none. Use 'rloo', 'moving_average' or 'none'."
            )
        self.epochs = epochs
        self.minibatches = minibatches

    @property
    def num_updates(self):
        """How many updates a batch of draws is used for."""
        return self.epochs * self.minibatches

    def validate(self, num_samples, group_size):
        """Checks the sizes of a batch.

        Args:
            num_samples: Integer, draws in a batch.
            group_size: Integer, draws that are compared with each other.

        Raises:
            ValueError: If the algorithm has no use for such a batch.
        """
        if num_samples % self.minibatches:
            raise ValueError(
                f"Expected `num_samples` to be a multiple of {self.minibatches}, the "
                f"algorithm's `minibatches`. Received: num_samples={num_samples}"
            )
        if group_size < 2 and isinstance(self.baseline, baselines.LeaveOneOut):
            raise ValueError(
                "The leave-one-out baseline compares draws. Received a group of "
                "one. Use at least 2, or the baseline 'moving_average'."
            )

    def advantages(self, rewards):
        """Returns the advantage of each draw over its group.

        Args:
            rewards: Float32 tensor `(groups, group_size)`.

        Returns:
            Float32 tensor of the same shape.
        """
        return rewards - self.baseline.values(rewards, ())

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        """Returns the loss of an update.

        Of a generator that makes samples step by step, log-probabilities are of the
        elements of samples, and the loss and its logs are means over all elements of
        the batch that count.

        Args:
            log_probs: Float32 tensor `(batch,)` or `(batch, steps)`, in nats, by the
                policy as it is.
            old_log_probs: Float32 tensor of the same shape, by the policy that drew.
            advantages: Float32 tensor `(batch,)`, of samples; or `(batch, steps)`.
            mask: Tensor `(batch, steps)`, true or nonzero at the elements that count;
                `()` where all of them do.

        Returns:
            A pair: a float32 scalar, and a dict from each of `log_names` to one.
        """
        raise NotImplementedError

    def learn(self, rewards):
        """Learns from a batch after its advantages are taken.

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
