import inspect

INTERNAL = {"self", "args", "kwargs", "unknown", "parts", "optimizers"}


def refuse_arguments(model, method, arguments, advice=None):
    """Raises a `TypeError` for arguments that a method does not take.

    Args:
        model: Object that has the method.
        method: String, the name of the method.
        arguments: Dict from the names of the arguments to their values. Nothing is
            raised if it is empty.
        advice: Dict from names to what to do instead.

    Raises:
        TypeError: It names the class, the argument and the remedy, and lists what the
            method takes.

    Example:

    >>> class Model:
    ...     def compile(self, optimizer, **kwargs):
    ...         refuse_arguments(self, "compile", kwargs)
    >>> Model().compile("adam", loss="mse")
    Traceback (most recent call last):
    TypeError: `Model.compile` takes no `loss`. Received: loss='mse'. It takes: ...
    """
    for name, value in arguments.items():
        remedy = (advice or {}).get(name)
        remedy = f" {remedy}" if remedy else ""
        raise TypeError(
            f"`{type(model).__name__}.{method}` takes no `{name}`. Received: "
            f"{name}={_short(value)}.{remedy} It takes: "
            f"{', '.join(taken_arguments(model, method))}."
        )


def taken_arguments(model, method):
    """Returns the names of the arguments of a method, those of base classes included.

    A base class counts as long as the method passes further arguments on to it.

    Args:
        model: Object that has the method.
        method: String.
    """
    names = {}
    for cls in type(model).__mro__:
        function = vars(cls).get(method)
        if function is None:
            continue
        parameters = inspect.signature(function).parameters
        names |= dict.fromkeys(name for name in parameters if name not in INTERNAL)
        if "kwargs" not in parameters or "unknown" in parameters:
            break
    return list(names)


def unknown_arguments(model, method, arguments):
    """Returns those of a dict of arguments that a method does not take, a dict.

    Args:
        model: Object that has the method.
        method: String.
        arguments: Dict from names to values.
    """
    taken = taken_arguments(model, method)
    known = lambda name: name in taken or name.startswith("_")  # noqa: E731
    return {name: x for name, x in arguments.items() if not known(name)}


def _short(value):
    shape = getattr(value, "shape", None)
    if shape:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
