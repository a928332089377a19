import keras


class OptimizerGroup:
    """The optimizers of a model's players, seen as one by Keras' callbacks.

    `LearningRateScheduler` and `ReduceLROnPlateau` read and set
    `model.optimizer.learning_rate`: reading gives the first optimizer's, setting
    scales all of them alike, so that the ratio between players stays as compiled.

    Args:
        optimizers: List of built `keras.optimizers` objects.
    """

    built = True

    def __init__(self, optimizers):
        # Keras' callbacks would set each by itself if this were named `optimizers`.
        self.members = list(optimizers)
        self._ratios = [1.0] * len(self.members)

    @property
    def variables(self):
        """All optimizers' variables."""
        return [v for o in self.members for v in o.variables]

    @property
    def iterations(self):
        """The last optimizer's count of updates."""
        return self.members[-1].iterations

    @property
    def learning_rate(self):
        """The first optimizer's learning rate, a float."""
        return self._rates()[0]

    @learning_rate.setter
    def learning_rate(self, value):
        present = self._rates()
        # From zero, as a warm-up starts, the ratios are those before it.
        if present[0]:
            self._ratios = [rate / present[0] for rate in present]
        for optimizer, ratio in zip(self.members, self._ratios, strict=True):
            optimizer.learning_rate = value * ratio

    def _rates(self):
        # Not by `float` alone, which fails on the variables of a `MirroredStrategy`.
        return [
            float(keras.ops.convert_to_numpy(o.learning_rate)) for o in self.members
        ]
