import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.losses.masked_reductions import masked_sum
from keras_rlgen.losses.preference import (
    best_and_worst,
    preference_loss,
    weighted_mean,
)
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm


@keras.saving.register_keras_serializable("keras_rlgen")
class DirectPreferenceOptimization(TuningAlgorithm):
    """DPO on the best and the worst sample of each group.

    A step generates groups of samples, those of a group with the same condition. The
    sample with the highest reward is preferred to the one with the lowest, and the loss
    is `-log sigmoid(beta * (log_ratio(best) - log_ratio(worst)))`, where the log-ratio
    of a sample is `log pi(x) - log pi_0(x)`. The others are not learned from. Only the
    order of rewards matters. A group whose rewards are all equal is left out.

    `beta` takes the place of a penalty: `kl_weight` of `RewardTuner.compile` is 0
    unless it is given, and then changes which samples are preferred.

    Give `RewardTuner.compile` a `group_size`; otherwise there is one pair in a step.

    Args:
        beta: Float > 0, in reward per nat. The smaller, the further the generator may
            move from its reference.
        epochs: Positive integer, passes over a batch of samples. Defaults to 1.
        minibatches: Positive integer, updates per epoch, each on whole groups. It
            divides the number of groups.
        label_smoothing: Float in [0, 0.5), the probability that a preference is wrong.
        name: String.

    Logs: `preference_accuracy`, the fraction of pairs whose preferred sample has the
    higher log-ratio (0 before the first update), and `preference_margin`, the mean of
    `beta * (log_ratio(best) - log_ratio(worst))`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> algorithm = DirectPreferenceOptimization(beta=0.5)
    >>> algorithm.advantages(keras.ops.array([[1.0, 3.0, 2.0]])).numpy()
    array([[-1.,  1.,  0.]], dtype=float32)

    Reference:
        [Rafailov et al., 2023](https://arxiv.org/abs/2305.18290), equation 7; pairs
        from the policy itself: [Guo et al., 2024](https://arxiv.org/abs/2402.04792),
        algorithm 1; best against worst:
        [Dong et al., 2024](https://arxiv.org/abs/2405.07863), section 3.
    """

    log_names = ("preference_accuracy", "preference_margin")
    learns_preferences = True
    takes_step_advantages = False

    def __init__(
        self,
        beta=0.1,
        epochs=1,
        minibatches=1,
        label_smoothing=0.0,
        name=None,
        **kwargs,
    ):
        super().__init__("none", epochs, minibatches, name=name, **kwargs)
        if not (is_number(beta) and beta > 0.0):
            raise ValueError(f"Expected `beta` above zero. Received: {beta!r}")
        if not (is_number(label_smoothing) and 0.0 <= label_smoothing < 0.5):
            raise ValueError(
                f"Expected `label_smoothing` in [0, 0.5). Received: {label_smoothing!r}"
            )
        self.beta = float(beta)
        self.label_smoothing = float(label_smoothing)

    def validate(self, num_samples, group_size):
        if not is_integer(group_size) or group_size < 2:
            raise ValueError(
                "Preferences compare samples. Received a group of one. Use at least 2, "
                "or another algorithm."
            )
        if (num_samples // group_size) % self.minibatches:
            raise ValueError(
                f"Expected a number of groups that is a multiple of {self.minibatches},"
                " the algorithm's `minibatches`. Received: "
                f"{num_samples // group_size} groups of {group_size}"
            )

    def advantages(self, rewards):
        return best_and_worst(rewards)

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        log_ratios = masked_sum(log_probs, mask) - tf.stop_gradient(
            masked_sum(old_log_probs, mask)
        )
        log_ratios = tf.reshape(log_ratios, tf.shape(advantages))
        best, worst = (
            tf.reduce_sum(tf.nn.relu(sign * advantages) * log_ratios, axis=-1)
            for sign in (1.0, -1.0)
        )
        weights = tf.reduce_max(advantages, axis=-1)
        loss = preference_loss(best, worst, self.beta, weights, self.label_smoothing)
        accuracy = weighted_mean(tf.cast(best > worst, tf.float32), weights)
        margin = weighted_mean(self.beta * (best - worst), weights)
        return loss, {"preference_accuracy": accuracy, "preference_margin": margin}

    def minibatch_weight(self, mask, whole_mask):
        return None  # Each pair has the same weight.

    def get_config(self):
        config = super().get_config()
        config.pop("baseline")
        return {
            **config,
            "beta": self.beta,
            "epochs": self.epochs,
            "minibatches": self.minibatches,
            "label_smoothing": self.label_smoothing,
        }
