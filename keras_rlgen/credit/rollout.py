import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.credit.credit import Credit
from keras_rlgen.credit.step_baseline import leave_one_out_by_step


@keras.saving.register_keras_serializable("keras_rlgen")
class Rollout(Credit):
    """Credit by Monte-Carlo rollouts: what follows from a prefix, on average.

    The value of a token is the mean reward of `num_rollouts` sequences that begin with
    the tokens up to it, and are completed by the rollout policy. The last token has the
    reward of the sequence.

    Args:
        num_rollouts: Integer >= 1.
        lag: Float in [0, 1). After each update of the generator, the weights of the
            rollout policy become `lag` times themselves plus `1 - lag` times the
            generator's. 0 is the generator itself.
        baseline: `"rloo"`: the mean value of the other sequences at the same step; or
            `"none"`, as in the reference, with which positive rewards make sequences
            likelier whatever they are.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    ```python
    gan = SequenceGAN(generator, discriminator, credit=Rollout(16))
    ```

    Reference:
        [Yu et al., 2017](https://arxiv.org/abs/1609.05473), equation 4.
    """

    def __init__(self, num_rollouts=16, lag=0.8, baseline="rloo", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not is_integer(num_rollouts) or num_rollouts < 1:
            raise ValueError(
                "Expected `num_rollouts` to be a positive integer. "
                f"Received: {num_rollouts!r}"
            )
        if not (is_number(lag) and 0.0 <= lag < 1.0):
            raise ValueError(f"Expected `lag` in [0, 1). Received: {lag!r}")
        if baseline not in ("rloo", "none"):
            raise ValueError(
                f"Expected `baseline` to be 'rloo' or 'none'. Received: {baseline!r}"
            )
        self.num_rollouts = num_rollouts
        self.lag = float(lag)
        self.baseline = baseline

    def advantages(self, sequences):
        values = sequences.rollout_values(self.num_rollouts)
        if self.baseline == "none":
            return tf.cast(values, tf.float32)
        return values - leave_one_out_by_step(values, sequences.valid)

    def get_config(self):
        return {
            **super().get_config(),
            "num_rollouts": self.num_rollouts,
            "lag": self.lag,
            "baseline": self.baseline,
        }
