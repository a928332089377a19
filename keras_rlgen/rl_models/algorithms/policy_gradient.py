import keras

from keras_rlgen.losses.policy import policy_gradient_loss
from keras_rlgen.losses.step_aggregation import check_aggregation
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm


@keras.saving.register_keras_serializable("keras_rlgen")
class PolicyGradient(TuningAlgorithm):
    """REINFORCE: one update per batch, along `mean(advantage * grad log pi)`.

    The name `"reinforce"` selects the moving average as the baseline, `"rloo"` the
    leave-one-out mean. The gradient is unbiased with either, unless advantages are
    normalised. For a generator that generates samples step by step, the loss is by
    default the mean over all elements of the batch.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`.
        scale_advantages: `"none"`, `"batch"` or `"group"`: what advantages are divided
            by, see `TuningAlgorithm`. `False`, the default, is `"none"`.
        aggregation: `"token_mean"`, `"sequence_mean"` or `"constant"`: how the losses
            of the steps of samples are averaged, see `losses.aggregate_steps`.
        name: String.

    Raises:
        ValueError: If an argument is unknown.

    Example:

    >>> PolicyGradient("rloo").advantages(keras.ops.array([[1.0, 3.0]])).numpy()
    array([[-2.,  2.]], dtype=float32)

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696);
        leave-one-out: [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE).
    """

    def __init__(
        self,
        baseline="rloo",
        scale_advantages=False,
        aggregation="token_mean",
        name=None,
        **kwargs,
    ):
        super().__init__(
            baseline, scale_advantages=scale_advantages, name=name, **kwargs
        )
        check_aggregation(aggregation)
        self.aggregation = aggregation

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        return policy_gradient_loss(log_probs, advantages, mask, self.aggregation), {}

    def get_config(self):
        return {
            **super().get_config(),
            "scale_advantages": self.scale_advantages,
            "aggregation": self.aggregation,
        }
