import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen", name="DisagreementGate")
class Disagreement:
    """Admits generated steps on which the members of an ensemble agree.

    A gate of `Synthetic` for an `ExperienceEnsemble`, by how far the members' next
    observations are from each other. The largest disagreement that is admitted is
    measured: `Synthetic` calls `adapt` with held-out episodes after each training of
    the model.

    Args:
        quantile: Float in (0, 1]: the part of the recorded steps that would be
            admitted. Defaults to 0.95.

    Attributes:
        threshold: Float32 variable, in the units of `ExperienceEnsemble.disagreement`;
            NaN before `adapt`.

    Raises:
        ValueError: If `quantile` is out of its range.

    Reference:
        [Kidambi et al., 2020](https://arxiv.org/abs/2005.05951), definition 1, the
        known state-actions of an ensemble; the quantile is our choice.
    """

    def __init__(self, quantile=0.95):
        if not (is_number(quantile) and 0.0 < quantile <= 1.0):
            raise ValueError(f"Expected `quantile` in (0, 1]. Received: {quantile!r}")
        self.quantile = float(quantile)
        self.threshold = tf.Variable(float("nan"), trainable=False)

    @property
    def variables(self):
        """Dict from names to variables, which are saved with the agent."""
        return {"threshold": self.threshold}

    @property
    def is_adapted(self):
        """Whether `adapt` was called."""
        return bool(np.isfinite(self.threshold.numpy()))

    def check(self, generator):
        """Raises `ValueError` if the generator is no ensemble, or is a joint model.

        Args:
            generator: `keras_rlgen.models.ExperienceEnsemble`.
        """
        if not hasattr(generator, "disagreement"):
            raise ValueError(
                "`Disagreement` needs several models. Received: a "
                f"`{type(generator).__name__}`. Pass `ExperienceEnsemble(generator)`."
            )
        generator.check_disagreement()

    def adapt(self, generator, train, held_out):
        """Measures the threshold on held-out episodes.

        Args:
            generator: `ExperienceEnsemble`, trained.
            train: `Experience`, not used.
            held_out: `Experience`.
        """
        step = held_out.transitions()
        values = generator.disagreement(
            step.observation, step.action, tf.constant([0, 0])
        )
        self.threshold.assign(np.quantile(values, self.quantile))

    def __call__(self, generator, transition, seed):
        """Returns which steps to admit, bool `(B,)`.

        Args:
            generator: `ExperienceEnsemble`.
            transition: `Transition` of tensors `(B, ...)`.
            seed: Int32 tensor `(2,)` of numbers >= 0.
        """
        values = generator.disagreement(transition.observation, transition.action, seed)
        return values <= self.threshold

    def get_config(self):
        return {"quantile": self.quantile}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
