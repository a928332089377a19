class OptimizerGroup:
    """The optimizers of a model's players, seen as one by Keras' callbacks.

    `LearningRateScheduler` and `ReduceLROnPlateau` read and set
    `model.optimizer.learning_rate`: reading gives the first optimizer's, setting
    scales all of them alike, so that the ratio between players stays as compiled.

    Args:
        optimizers: Dict from a player's name to its built `keras.optimizers` object.
    """

    built = True

    def __init__(self, optimizers):
        self.optimizers = dict(optimizers)

    @property
    def variables(self):
        """All optimizers' variables."""
        return [v for o in self.optimizers.values() for v in o.variables]

    @property
    def learning_rate(self):
        """The first optimizer's learning rate, a float."""
        return float(next(iter(self.optimizers.values())).learning_rate)

    @learning_rate.setter
    def learning_rate(self, value):
        present = self.learning_rate
        for optimizer in self.optimizers.values():
            rate = float(optimizer.learning_rate)
            # From zero there is no ratio to keep: every player gets the value.
            optimizer.learning_rate = value * rate / present if present else value
