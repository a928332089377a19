import keras

from keras_rlgen.estimators.gradient_estimator import GradientEstimator


@keras.saving.register_keras_serializable("keras_rlgen")
class Reparameterized(GradientEstimator):
    """The pathwise gradient, through `z = mean + scale * noise`.

    It is unbiased, and has low variance if `f` is smooth; it needs a differentiable `f`
    and normal latents.

    Args:
        num_samples: Integer, the number of latents per sample.

    Reference:
        [Kingma & Welling, 2014](https://arxiv.org/abs/1312.6114), section 2.4.
    """

    latent_kinds = ("normal",)
    pathwise = True

    def draw(self, posterior, seed):
        return posterior.sample(self.num_samples, seed=seed)
