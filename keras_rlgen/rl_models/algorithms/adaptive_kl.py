import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.rl_models.algorithms.fixed_kl import FixedKL


@keras.saving.register_keras_serializable("keras_rlgen")
class AdaptiveKL(FixedKL):
    """A KL weight that is adapted to reach a target KL divergence.

    After a batch the coefficient is multiplied by `1 + rate * error`, where the error
    is `(divergence - target) / target`, clipped to [-0.2, 0.2].

    Args:
        target: Float > 0, the KL divergence from the reference model, in nats per
            sample, summed over a sample's elements (so it grows with their number).
        weight: Float > 0, the initial weight.
        rate: Float > 0. Defaults to 0.1: the weight changes by at most 2% per batch.
        name: String.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> kl = AdaptiveKL(target=5.0, weight=1.0)
    >>> kl.update(keras.ops.array(20.0))
    >>> round(float(kl.value()), 3)
    1.02

    Reference:
        [Ziegler et al., 2019](https://arxiv.org/abs/1909.08593), section 2.2.
    """

    def __init__(self, target, weight=0.1, rate=0.1, name=None, **kwargs):
        super().__init__(weight, name=name, **kwargs)
        for key, value in {"target": target, "weight": weight, "rate": rate}.items():
            if not (is_number(value) and value > 0.0):
                raise ValueError(f"Expected `{key}` above zero. Received: {value!r}")
        self.target = float(target)
        self.rate = float(rate)
        self.current = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(self.weight),
            trainable=False,
            name="current",
        )

    def value(self, reward=None):
        return tf.convert_to_tensor(self.current)

    def update(self, divergence, reward=None):
        error = tf.clip_by_value(divergence / self.target - 1.0, -0.2, 0.2)
        self.current.assign(self.current * (1.0 + self.rate * error))

    def get_config(self):
        return {**super().get_config(), "target": self.target, "rate": self.rate}
