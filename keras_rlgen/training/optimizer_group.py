import keras


class OptimizerGroup:
    """Presents the optimizers of several networks (players) to callbacks as one.

    `LearningRateScheduler` and `ReduceLROnPlateau` read and set
    `model.optimizer.learning_rate`: reading gives the first optimizer's, setting scales
        all alike, so that their ratios stay as compiled.

    Args:
        optimizers: List of built `keras.optimizers` objects.
    """

    built = True

    def __init__(self, optimizers):
        # Keras' callbacks would set each one separately if this were named
        # `optimizers`.
        self.members = list(optimizers)
        self._ratios = [1.0] * len(self.members)

    @property
    def variables(self):
        """The variables of all optimizers."""
        return [v for o in self.members for v in o.variables]

    @property
    def iterations(self):
        """The last optimizer's number of updates."""
        return self.members[-1].iterations

    @property
    def learning_rate(self):
        """The first optimizer's learning rate, a float."""
        return self._rates()[0]

    @learning_rate.setter
    def learning_rate(self, value):
        present = self._rates()
        # From zero, as at the start of a warm-up, the previous ratios are kept.
        if present[0]:
            self._ratios = [rate / present[0] for rate in present]
        for optimizer, ratio in zip(self.members, self._ratios, strict=True):
            optimizer.learning_rate = value * ratio

    def _rates(self):
        # `float` alone fails on the variables of a `MirroredStrategy`.
        return [
            float(keras.ops.convert_to_numpy(o.learning_rate)) for o in self.members
        ]
