import math
import warnings

import keras
import tensorflow as tf

from keras_rlgen.models.gan.remedies import REMEDIES
from keras_rlgen.rewards import Constant

LARGEST_ACCURACY = 0.995
SMALLEST_SPREAD = 0.02
FEWEST_EPOCHS = 3
FEWEST_UPDATES = 500


class CollapseWatch(keras.callbacks.Callback):
    """Warns, once each, when the game of a GAN has collapsed.

    Every `fit` of a `GAN` has one. It reads the logs of training and the variances of
    its batches (`SampleSpread`), and stops nothing. `callbacks.StabilityMonitor` also
    sees held-out samples, stops, and restores the last good weights.

    It warns after three epochs and 500 updates in a row in which

    - `"discriminator_saturated"`: the discriminator classified more than 99.5 % of the
      real and of the generated samples correctly;
    - `"generator_collapsed"`: the variance of generated samples over the batch, without
      exploration noise, was below 2 % of that of real ones; of the filled-in pixels
      alone, where the rest is given (`RestoringGAN`);
    - `"rewards_without_spread"`: the rewards of all samples that are compared with each
      other were equal, so that all advantages were zero (`ReinforceGAN`); not with
      `rewards.Constant`, which is a control.

    It counts over consecutive calls of `fit`, and from zero after `compile`.

    Attributes:
        warned: Dict from the causes above to the warnings given.
    """

    def __init__(self):
        super().__init__()
        self.warned = {}
        self._epochs = dict.fromkeys(REMEDIES, 0)
        self._first_update = dict.fromkeys(REMEDIES, 0)
        self._updates = 0

    def on_epoch_end(self, epoch, logs=None):
        before = self._updates
        # A tensor, also of the variable of a distribution strategy.
        iterations = self.model.discriminator_optimizer.iterations
        self._updates = int(tf.convert_to_tensor(iterations))
        found = self._found(logs or {})
        for cause in REMEDIES:
            if cause not in found:
                self._epochs[cause] = 0
                continue
            if self._epochs[cause] == 0:
                self._first_update[cause] = before
            self._epochs[cause] += 1
            num_updates = self._updates - self._first_update[cause]
            lasted = (
                self._epochs[cause] >= FEWEST_EPOCHS and num_updates >= FEWEST_UPDATES
            )
            if lasted and cause not in self.warned:
                self.warned[cause] = (
                    f"{type(self.model).__name__}: {found[cause]}, for "
                    f"{self._epochs[cause]} epochs ({num_updates} updates). "
                    f"{self.model.collapse_remedies[cause]}"
                )
                warnings.warn(self.warned[cause], stacklevel=2)

    def _found(self, logs):
        """Returns a dict from what holds in this epoch to its description."""
        found = {}
        accuracies = [
            logs.get(f"discriminator_accuracy_{kind}", 0.0)
            for kind in ("real", "generated")
        ]
        if min(accuracies) > LARGEST_ACCURACY:
            found["discriminator_saturated"] = (
                "the discriminator is saturated, its scores no longer show the "
                "generator how to improve: it classified "
                f"{100 * accuracies[0]:.1f} % of real and {100 * accuracies[1]:.1f} % "
                "of generated samples correctly"
            )
        spread = self.model.sample_spread.relative()
        if spread < SMALLEST_SPREAD:
            found["generator_collapsed"] = (
                "the generator has collapsed, its samples are all alike: their "
                f"variance was {100 * spread:.2g} % of that of real ones"
            )
        deviation = logs.get("advantage_std", math.inf)
        is_control = isinstance(getattr(self.model, "reward", None), Constant)
        if not is_control and deviation < 1e-6 * max(1.0, abs(logs.get("reward", 0.0))):
            found["rewards_without_spread"] = (
                "the generator has nothing to learn from: rewards were equal, "
                f"{logs.get('reward', math.nan):.4g} in the mean, and advantages zero"
            )
        return found
