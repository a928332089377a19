import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.training.stateless_random import uniform

KINDS = ("reject", "weigh")


@keras.saving.register_keras_serializable("keras_rlgen", name="RealismGate")
class Realism:
    """Admits generated steps that a discriminator takes to be real.

    A gate of `Synthetic`. A gate is a callable of the generator, a `Transition` of
    tensors `(B, ...)` and a seed, which returns the steps to admit, bool `(B,)`.

    Args:
        threshold: Float in [0, 1]. A step is rejected if its realism is below. Where
            the discriminator cannot tell real from generated steps, the realism of both
            is 0.5.
        kind: `"reject"`, or `"weigh"`: a step is admitted with a probability of its
            odds `D / (1 - D)` of being real, at most 1, if it is not below the
            threshold. The weight of a step in the mean loss is then its realism, for
            agents of any loss.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        [Azadi et al., 2019](https://arxiv.org/abs/1810.06758), equation 5 without its
        constant (discriminator rejection sampling).
    """

    def __init__(self, threshold=0.5, kind="reject"):
        if not (is_number(threshold) and 0.0 <= threshold <= 1.0):
            raise ValueError(f"Expected `threshold` in [0, 1]. Received: {threshold!r}")
        if kind not in KINDS:
            raise ValueError(f"Expected `kind` in {KINDS}. Received: {kind!r}")
        self.threshold = float(threshold)
        self.kind = kind

    def check(self, generator):
        """Raises `ValueError` if the generator has no discriminator.

        Args:
            generator: `keras_rlgen.models.ExperienceGenerator`.
        """
        generator.check_realism()

    def __call__(self, generator, transition, seed):
        """Returns which steps to admit, bool `(B,)`.

        Args:
            generator: Object with the method `realism(transition)`.
            transition: `Transition` of tensors `(B, ...)`.
            seed: Int32 tensor `(2,)` of numbers >= 0.
        """
        realism = generator.realism(transition)
        admitted = realism >= self.threshold
        if self.kind == "weigh":
            chance = uniform(tf.shape(realism), seed, 0.0, 1.0)
            admitted &= chance * (1.0 - realism) < realism
        return admitted

    def get_config(self):
        return {"threshold": self.threshold, "kind": self.kind}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
