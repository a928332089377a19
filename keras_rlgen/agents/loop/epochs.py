"""How many steps the epochs of `fit` have."""

from keras_rlgen.arguments import is_integer


def check_epochs(agent, epochs):
    """Raises an error unless `epochs`, the first argument of `fit`, is a number.

    Args:
        agent: The model, for errors.
        epochs: What was passed.

    Raises:
        TypeError: If it is something else, such as samples.
        ValueError: If it is below 0.
    """
    name = type(agent).__name__
    if not is_integer(epochs):
        kind = type(epochs).__name__
        raise TypeError(
            f"Expected `epochs`, the first argument of `{name}.fit`, to be an integer: "
            f"an agent acts in its environment, and takes no samples. Received: {kind}."
            " Use `fit(epochs=10, steps_per_epoch=1000)`, or `fit(total_steps=10_000)`;"
            " for recorded episodes `fit(experience=Experience.from_arrays(...))`."
        )
    if epochs < 0:
        raise ValueError(f"Expected `epochs` >= 0. Received: {epochs}")


def epochs_of_steps(total_steps, steps_per_epoch, num_environments, epochs=1):
    """Returns the steps of every environment in each epoch.

    Args:
        total_steps: Integer >= 1, steps of all environments together.
        steps_per_epoch: Integer >= 1, steps of every environment in an epoch.
        num_environments: Integer >= 1.
        epochs: The `epochs` of `fit`, 1 if they were left out.

    Returns:
        List of integers, the last of which may be smaller.

    Raises:
        ValueError: If `total_steps` is out of its range, or `epochs` is given too.

    Example:

    >>> epochs_of_steps(10_000, steps_per_epoch=1000, num_environments=4)
    [1000, 1000, 500]
    """
    check_num_steps("total_steps", total_steps)
    if epochs != 1:
        raise ValueError(
            "Expected either `epochs` or `total_steps`. Received: "
            f"epochs={epochs}, total_steps={total_steps}"
        )
    steps = -(-total_steps // num_environments)
    whole, rest = divmod(steps, steps_per_epoch)
    return [steps_per_epoch] * whole + [rest] * bool(rest)


def check_num_steps(name, value):
    """Raises `ValueError` unless an argument is an integer of at least 1."""
    if not is_integer(value) or value < 1:
        raise ValueError(f"Expected `{name}` >= 1, an integer. Received: {value!r}")
