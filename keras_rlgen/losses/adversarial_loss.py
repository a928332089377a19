"""Adversarial losses for `GAN.compile`, wrappers of pure functions."""

import keras
import tensorflow as tf

from keras_rlgen.identifiers import from_identifier, with_objects
from keras_rlgen.losses import adversarial
from keras_rlgen.losses.gradient_penalty import GradientPenalty


class AdversarialLoss:
    """Base class of the adversarial losses of a two-player game.

    Subclasses set `real_loss`, `generated_loss` and `generator_loss` to functions of
    logits; each returns a loss of shape `(batch,)`.

    Args:
        penalty: `GradientPenalty` or `R1Penalty` added to the discriminator's loss, or
            `None`.

    Attributes:
        boundary: Float, the decision boundary: the logit above which a discriminator
            trained with this loss classifies a sample as real; `None` if there is none.
            Defaults to 0, which is `D(x) = 1/2` for cross-entropy.

    Raises:
        TypeError: If `penalty` is none of these.
    """

    boundary = 0.0
    real_loss = None
    generated_loss = None
    generator_loss = None

    def __init__(self, penalty=None):
        is_class = isinstance(penalty, type)
        if penalty is not None and (is_class or not callable(penalty)):
            raise TypeError(
                "Expected `penalty` to be a `GradientPenalty`, an `R1Penalty` or "
                f"None. Received: {penalty!r}"
            )
        self.penalty = penalty

    def discriminator(self, real_logits, generated_logits):
        """Computes the discriminator's loss, a float32 scalar.

        The mean over real samples plus the mean over generated ones; the two
        batches may differ in size.
        """
        return tf.reduce_mean(self.real_loss(real_logits)) + tf.reduce_mean(
            self.generated_loss(generated_logits)
        )

    def generator(self, generated_logits):
        """Computes the generator's loss, a float32 scalar."""
        return tf.reduce_mean(self.generator_loss(generated_logits))

    def get_config(self):
        return {"penalty": keras.saving.serialize_keras_object(self.penalty)}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "penalty"))


@keras.saving.register_keras_serializable("keras_rlgen")
class NonSaturating(AdversarialLoss):
    """Cross-entropy discriminator; the generator minimises `-log D(G(z))`."""

    real_loss = staticmethod(adversarial.cross_entropy_real_loss)
    generated_loss = staticmethod(adversarial.cross_entropy_generated_loss)
    generator_loss = staticmethod(adversarial.non_saturating_generator_loss)


@keras.saving.register_keras_serializable("keras_rlgen")
class Minimax(AdversarialLoss):
    """Cross-entropy discriminator; the generator minimises `log(1 - D(G(z)))`."""

    real_loss = staticmethod(adversarial.cross_entropy_real_loss)
    generated_loss = staticmethod(adversarial.cross_entropy_generated_loss)
    generator_loss = staticmethod(adversarial.minimax_generator_loss)


@keras.saving.register_keras_serializable("keras_rlgen")
class LeastSquares(AdversarialLoss):
    """Least-squares loss with the targets 1 (real) and 0 (generated).

    Its decision boundary lies midway between the targets, at 0.5: the optimal
    discriminator returns the fraction of real samples among those that look like `x`.

    Reference:
        [Mao et al., 2017](https://arxiv.org/abs/1611.04076), section 3.2.2, with
        `a = 0` and `b = 1`.
    """

    boundary = 0.5
    real_loss = staticmethod(adversarial.least_squares_real_loss)
    generated_loss = staticmethod(adversarial.least_squares_generated_loss)
    generator_loss = staticmethod(adversarial.least_squares_generator_loss)


@keras.saving.register_keras_serializable("keras_rlgen")
class Hinge(AdversarialLoss):
    """Hinge discriminator; the generator minimises `-D(G(z))`."""

    real_loss = staticmethod(adversarial.hinge_real_loss)
    generated_loss = staticmethod(adversarial.hinge_generated_loss)
    generator_loss = staticmethod(adversarial.wasserstein_generator_loss)


@keras.saving.register_keras_serializable("keras_rlgen")
class Wasserstein(AdversarialLoss):
    """Wasserstein critic, by default with a gradient penalty of weight 10.

    A critic's values are defined up to a constant, so it has no decision boundary
    between real and generated samples.

    Args:
        penalty: As in `AdversarialLoss`. Defaults to `GradientPenalty(10.0)`;
            `None` leaves the critic without a Lipschitz constraint.
    """

    boundary = None
    real_loss = staticmethod(adversarial.wasserstein_real_loss)
    generated_loss = staticmethod(adversarial.wasserstein_generated_loss)
    generator_loss = staticmethod(adversarial.wasserstein_generator_loss)

    def __init__(self, penalty="gradient_penalty"):
        super().__init__(
            GradientPenalty(10.0) if penalty == "gradient_penalty" else penalty
        )


NAMES = {
    "non_saturating": NonSaturating,
    "minimax": Minimax,
    "least_squares": LeastSquares,
    "hinge": Hinge,
    "wasserstein": Wasserstein,
}


def get(identifier):
    """Returns an `AdversarialLoss` from a name, an instance or a config.

    Args:
        identifier: One of `"non_saturating"`, `"minimax"`, `"least_squares"`,
            `"hinge"`, `"wasserstein"`; an `AdversarialLoss`; or what
            `keras.saving.serialize_keras_object` made of one.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.
    """
    return from_identifier(
        identifier, AdversarialLoss, NAMES, "adversarial loss", "an `AdversarialLoss`"
    )
