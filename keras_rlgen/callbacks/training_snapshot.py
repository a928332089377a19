class TrainingSnapshot:
    """The state of a model in training, which can be restored.

    It holds copies of all variables of the model and of its reward, random states
    included, and of the optimizers, those of an attribute `agent` too. Replay buffers
    and counters of environment steps are not part of it.

    Args:
        model: A compiled model of this package.
    """

    def __init__(self, model):
        self._variables = _variables(model)
        self._values = [v.numpy() for v in self._variables]

    def restore(self):
        """Assigns the values that the variables had."""
        for variable, value in zip(self._variables, self._values, strict=True):
            variable.assign(value)


def _variables(model):
    """Returns a list of the variables that training changes."""
    agent = getattr(model, "agent", None)
    owners = [owner for owner in (model, agent) if owner is not None]
    variables = [
        *model.variables,
        # A critic that is a baseline has an optimizer of its own.
        *getattr(model, "training_state", ()),
        *(v for owner in owners for v in owner.optimizer.variables),
    ]
    return list({id(v): v for v in variables}.values())
