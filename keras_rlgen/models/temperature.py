import math
import numbers


def check_temperature(temperature):
    """Raises an error unless a temperature is a positive, finite number.

    Args:
        temperature: What a user gave. Tensors of a graph are taken on trust.

    Raises:
        ValueError: If it is no number, not finite, zero or below.

    Example:

    >>> check_temperature(0.7)
    """
    if hasattr(temperature, "graph"):
        return
    number = getattr(temperature, "numpy", lambda: temperature)()
    if not (
        isinstance(number, numbers.Real) and math.isfinite(number) and number > 0.0
    ):
        raise ValueError(
            "Expected `temperature` to be a finite number above zero. Received: "
            f"{temperature!r}. Use 1.0 for the model's own distribution, less for "
            "likelier samples (0.1 is near to the likeliest), more for varied ones."
        )
