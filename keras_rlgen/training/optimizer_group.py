import keras


class OptimizerGroup:
    """Presents the optimizers of several networks (players) to callbacks as one.

    `LearningRateScheduler` and `ReduceLROnPlateau` read and set
    `model.optimizer.learning_rate`: reading gives the first optimizer's, setting scales
        all alike, so that their ratios stay as compiled.

    Args:
        optimizers: Dict from the names of the networks to built `keras.optimizers`
            objects.
    """

    built = True

    def __init__(self, optimizers):
        # Keras' callbacks would set each one separately if this were named
        # `optimizers`.
        self.members = list(optimizers.values())
        self.names = list(optimizers)
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
    def learning_rates(self):
        """Dict from names to the learning rates of all optimizers, floats."""
        return dict(zip(self.names, self._rates(), strict=True))

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


def named_optimizers(name, optimizer):
    """Returns the optimizers of a network, or of a group of them, with names.

    Args:
        name: String.
        optimizer: Keras optimizer, or an `OptimizerGroup`, whose names then follow
            `name`.

    Returns:
        Dict, as `OptimizerGroup` takes it.

    Example:

    >>> group = OptimizerGroup({"actor": keras.optimizers.SGD()})
    >>> list(named_optimizers("agent", group))
    ['agent_actor']
    """
    if not isinstance(optimizer, OptimizerGroup):
        return {name: optimizer}
    pairs = zip(optimizer.names, optimizer.members, strict=True)
    return {f"{name}_{member}": value for member, value in pairs}
