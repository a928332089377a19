"""Base class of the gradient estimators of an encoder."""

import keras
import tensorflow as tf

from keras_rlgen import baselines
from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import snake_case


class GradientEstimator(keras.layers.Layer):
    """Base class: estimates the encoder's gradient of `E_q(z|x)[f(x, z)]`.

    `f` is the value of a latent. Subclasses sample latents in `draw`. If these carry a
    gradient (`pathwise`), `f(x, z)` is differentiated through them; otherwise the
    subclass implements `loss`.

    Args:
        num_samples: Integer, the number of latents per sample.
        name: String.

    Attributes:
        latent_kinds: The supported latents: `"normal"`, `"categorical"`.
        pathwise: Whether sampled latents carry a gradient to the encoder.
        unbiased: Whether its gradient is an unbiased estimate of that of the bound.
        kl: How the model accounts for the KL divergence of the posterior from the
            prior: `"analytic"`, its exact value as a loss; `"sampled"`, an estimate in
            the value of each latent; `"policy"`, no term, since the form of the
            posterior accounts for it.
        log_names: Tuple of strings, the keys that `loss` logs.
        baseline: `Baseline` subtracted from values, or `None`.

    Raises:
        ValueError: If `num_samples` is not a positive integer.
    """

    latent_kinds = ("normal", "categorical")
    pathwise = False
    unbiased = True
    kl = "analytic"
    log_names = ()
    baseline = None

    def __init__(self, num_samples=1, name=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if not is_integer(num_samples) or num_samples < 1:
            raise ValueError(
                "Expected `num_samples` to be a positive integer. "
                f"Received: {num_samples!r}"
            )
        self.num_samples = num_samples

    @property
    def label(self):
        """The estimator's name, with that of its baseline: `score_function (rloo)`."""
        label = snake_case(type(self).__name__)
        if self.baseline is None:
            return label
        kind = type(self.baseline)
        names = {value: key for key, value in baselines.NAMES.items()}
        return f"{label} ({names.get(kind, snake_case(kind.__name__))})"

    def prepare(self, encoder, samples, condition, posterior, beta):
        """Creates the estimator's weights; called once, by `compile`.

        Args:
            encoder: Keras model that gives the posterior's parameters.
            samples: Float32 tensor `(batch, ...)`, example samples.
            condition: Their condition, or `None`.
            posterior: The posterior of the example.
            beta: Float, or schedule of updates: the weight of the KL divergence.
        """

    def draw(self, posterior, seed):
        """Samples latents.

        Args:
            posterior: `tfp.distributions.Distribution`, batch shape `(batch,)`.
            seed: Int32 tensor `(2,)`.

        Returns:
            Float32 tensor `(num_samples, batch, ...)`.
        """
        raise NotImplementedError

    def loss(self, draws, encoder, posterior_of, seed):
        """Computes the encoder's loss, besides the value of pathwise latents.

        Args:
            draws: `LatentDraws`.
            encoder: Keras model, the encoder.
            posterior_of: Callable `(encoder, samples, condition)` to the posterior, for
                any network of the encoder's architecture.
            seed: Int32 tensor `(2,)`.

        Returns:
            A pair: a float32 scalar, and a dict from `log_names` to float32 scalars.
        """
        return tf.constant(0.0), {}

    def learn(self, draws, encoder):
        """Updates the estimator's own weights, after an update that was not skipped.

        Args:
            draws: `LatentDraws`.
            encoder: Keras model, the updated encoder.
        """

    def get_config(self):
        return {**super().get_config(), "num_samples": self.num_samples}
