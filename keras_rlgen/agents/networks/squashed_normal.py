import numpy as np
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd
from tensorflow_probability import util as tfp_util


class ClippedTanh(tfb.Tanh):
    """`tanh` whose inverse is finite at the bounds and beyond."""

    def _inverse(self, y):
        greatest = 1.0 - np.finfo(y.dtype.as_numpy_dtype).epsneg
        return tf.atanh(tf.clip_by_value(y, -greatest, greatest))


class SquashedNormal(tfd.AutoCompositeTensorDistribution):
    """A normal distribution squashed between bounds by `tanh`.

    A sample is `(low + high) / 2 + (high - low) / 2 * tanh(x)`, with `x` a sample of
    the normal distribution, and the mode is the squashed mode of the normal
    distribution.

    TF-Agents' own `SquashToSpecNormal` has a spec among its parameters, and PPO, which
    stores the parameters of the old policy, fails on it. The bounds here are plain
    numbers.

    Args:
        distribution: `Normal` or `MultivariateNormalDiag`.
        low: Lower bounds, a float or a tuple with one for each element.
        high: Upper bounds, likewise.

    Example:

    >>> distribution = SquashedNormal(tfd.Normal(0.0, 1.0), low=0.0, high=4.0)
    >>> float(distribution.mode())
    2.0

    Reference:
        [Haarnoja et al., 2018](https://arxiv.org/abs/1801.01290), appendix C.
    """

    def __init__(self, distribution, low, high, name="SquashedNormal"):
        parameters = {"distribution": distribution, "low": low, "high": high}
        dtype = distribution.dtype.as_numpy_dtype
        least, greatest = np.asarray(low, dtype), np.asarray(high, dtype)
        centre, half_range = (least + greatest) / 2, (greatest - least) / 2
        self._distribution, self._low, self._high = distribution, low, high
        self._squashed = tfd.TransformedDistribution(
            distribution,
            tfb.Chain([tfb.Shift(centre), tfb.Scale(half_range), ClippedTanh()]),
        )
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=False,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"distribution": tfp_util.BatchedComponentProperties()}

    @property
    def distribution(self):
        """The normal distribution."""
        return self._distribution

    def _event_shape(self):
        return self._distribution.event_shape

    def _event_shape_tensor(self):
        return self._distribution.event_shape_tensor()

    def _mode(self):
        return self._squashed.bijector.forward(self._distribution.mode())

    # These two delegate as a whole: the bijector caches the pre-image of a sample, and
    # need not invert it.
    def sample(self, sample_shape=(), seed=None, name="sample", **kwargs):
        return self._squashed.sample(sample_shape, seed, name, **kwargs)

    def log_prob(self, value, name="log_prob", **kwargs):
        return self._squashed.log_prob(value, name, **kwargs)


@tfd.RegisterKL(SquashedNormal, SquashedNormal)
def _kl_divergence(first, second, name=None):
    """Returns the divergence before squashing, which is invertible."""
    return tfd.kl_divergence(first.distribution, second.distribution, name=name)
