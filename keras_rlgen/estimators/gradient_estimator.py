"""How an encoder learns from the value of the latents that it draws."""

import keras
import tensorflow as tf

from keras_rlgen import baselines
from keras_rlgen.identifiers import snake_case


class GradientEstimator(keras.layers.Layer):
    """Base: estimates the gradient of `E_q(z|x)[f(x, z)]` in the encoder's weights.

    `f` is what a latent is worth. A subclass draws latents in `draw`. Where these
    carry a gradient (`pathwise`), `f(x, z)` is differentiated through them; elsewhere
    the subclass writes `loss`.

    Args:
        num_samples: Integer, how many latents are drawn for each sample.
        name: String.

    Attributes:
        latent_kinds: What latents it is for: `"normal"`, `"categorical"`.
        pathwise: Whether draws carry a gradient to the encoder.
        unbiased: Whether the mean of its gradients is the gradient of the bound.
        kl: What the model adds for the divergence of the posterior from the prior:
            `"analytic"`, its exact value as a loss; `"sampled"`, an estimate of it
            in the value of each latent; `"policy"`, nothing, the choice of the
            posterior takes care of it.
        log_names: Tuple of strings, the keys of what `loss` logs.
        baseline: `Baseline` that values are compared with, or `None`.

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
        if not isinstance(num_samples, int) or num_samples < 1:
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
        """Makes the estimator's weights; called once, by `compile`.

        Args:
            encoder: Keras model that gives the posterior's parameters.
            samples: Float32 tensor `(batch, ...)`, an example of what is encoded.
            condition: What they are conditioned on, or `None`.
            posterior: The posterior of the example.
            beta: Float, or schedule of updates: the weight of the divergence.
        """

    def draw(self, posterior, seed):
        """Draws latents.

        Args:
            posterior: `tfp.distributions.Distribution`, batch shape `(batch,)`.
            seed: Int32 tensor `(2,)`.

        Returns:
            Float32 tensor `(num_samples, batch, ...)`.
        """
        raise NotImplementedError

    def loss(self, draws, encoder, posterior_of, seed):
        """Returns what the encoder descends beside the value of pathwise draws.

        Args:
            draws: `LatentDraws`.
            encoder: Keras model, the encoder.
            posterior_of: Callable `(encoder, samples, condition)` to the posterior
                that a network of the encoder's architecture gives.
            seed: Int32 tensor `(2,)`.

        Returns:
            A pair: a float32 scalar, and a dict from `log_names` to float32 scalars.
        """
        return tf.constant(0.0), {}

    def learn(self, draws, encoder):
        """Updates the estimator's own weights, after an update that took place.

        Args:
            draws: `LatentDraws`.
            encoder: Keras model, as updated.
        """

    def get_config(self):
        return {**super().get_config(), "num_samples": self.num_samples}
