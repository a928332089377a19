import keras

from keras_rlgen.losses.policy import policy_gradient_loss, scale_advantages
from keras_rlgen.rl_models.algorithms.tuning_algorithm import TuningAlgorithm


@keras.saving.register_keras_serializable("keras_rlgen")
class PolicyGradient(TuningAlgorithm):
    """REINFORCE: one update per batch, along `mean(advantage * grad log pi)`.

    The name `"reinforce"` selects the moving average as the baseline, `"rloo"` the
    leave-one-out mean. The gradient is unbiased with either, unless advantages are
    normalised. For a generator that generates samples step by step, the loss is the
    mean over all elements of the batch.

    Args:
        baseline: `"none"`, `"moving_average"`, `"rloo"` or a `Baseline`.
        scale_advantages: Whether advantages are divided by their root mean
            square over the batch. Defaults to `False`.
        name: String.

    Example:

    >>> PolicyGradient("rloo").advantages(keras.ops.array([[1.0, 3.0]])).numpy()
    array([[-2.,  2.]], dtype=float32)

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696);
        leave-one-out: [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE).
    """

    def __init__(self, baseline="rloo", scale_advantages=False, name=None, **kwargs):
        super().__init__(baseline, name=name, **kwargs)
        self.scale_advantages = scale_advantages

    def advantages(self, rewards):
        advantages = super().advantages(rewards)
        if self.scale_advantages:
            return scale_advantages(advantages)
        return advantages

    def loss(self, log_probs, old_log_probs, advantages, mask=()):
        return policy_gradient_loss(log_probs, advantages, mask), {}

    def get_config(self):
        config = super().get_config()
        return {**config, "scale_advantages": self.scale_advantages}
