"""Says why a reward cannot move a generator."""

import warnings

import numpy as np
import tensorflow as tf

from keras_rlgen.rl_models.algorithms.fixed_kl import FixedKL
from keras_rlgen.rl_models.algorithms.relative_kl import RelativeKL

SMALLEST_GAIN = 0.2  # standard deviations of the reward


def warn_of_small_spread(reward, kl_weight, name="RewardTuner"):
    """Warns if the divergence penalty holds a reward of small spread back.

    The best policy for a reward of standard deviation `s` and a penalty of weight `w`
    is `pi_0 exp(reward / w)` up to a constant. To first order its mean reward is
    `s^2 / w` higher, `s / w` standard deviations.

    Args:
        reward: Float array `(num_samples,)`, of samples of the generator.
        kl_weight: Float >= 0, the weight of the penalty, per nat.
        name: String, what is trained.

    Returns:
        The warning, a string; `None` if there was none.

    Example:

    >>> warn_of_small_spread(np.array([0.0, 1.0]), kl_weight=0.1)
    """
    spread = float(np.std(reward))
    message = None
    if spread == 0.0:
        message = (
            f"The reward is {float(reward[0]):.4g} for each of {len(reward)} samples: "
            f"`{name}` has nothing to learn from. Use a reward that differs between "
            "samples."
        )
    elif kl_weight and spread / kl_weight < SMALLEST_GAIN:
        message = (
            f"The reward of samples has a standard deviation of {spread:.2g}, and "
            f"`kl_weight` is {kl_weight:.2g} per nat: the penalty lets the mean reward "
            f"rise by about {spread**2 / kl_weight:.1g}, {spread / kl_weight:.1g} "
            "standard deviations. For more leave `kl_weight` out, which is "
            f"`RelativeKL(0.1)`, or pass `kl_weight={spread / 2.0:.1g}` or the target "
            "in nats `AdaptiveKL(10.0)`."
        )
    if message is not None:
        warnings.warn(message, stacklevel=3)
    return message


def check_spread(tuner):
    """Warns, once after `compile`, if a `RewardTuner` is held back; as above.

    The samples are those of a seed of their own, so that training is the same.

    Args:
        tuner: `RewardTuner`, compiled.
    """
    penalty = tuner.kl_penalty
    if type(penalty) not in (FixedKL, RelativeKL) or tuner.is_traced:
        return
    count, condition = tuner.num_samples, None
    if tuner.has_condition:
        condition = tuner.conditions.example(count)
    samples = tf.constant(tuner.generator.generate(count, condition, seed=1))
    reward, _ = tuner.reward.terms(samples, condition, training=False)
    # A relative weight is small enough for any spread above zero.
    weight = penalty.weight if type(penalty) is FixedKL else 0.0
    warn_of_small_spread(reward.numpy(), weight, type(tuner).__name__)
