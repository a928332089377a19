import math

from keras_rlgen.arguments import is_number


def check_temperature(temperature):
    """Raises an error unless a temperature is a positive, finite number.

    Args:
        temperature: A user's value. Symbolic tensors are not checked.

    Raises:
        ValueError: If it is not a number, not finite, or not positive.

    Example:

    >>> check_temperature(0.7)
    """
    if hasattr(temperature, "graph"):
        return
    number = getattr(temperature, "numpy", lambda: temperature)()
    if not (is_number(number) and math.isfinite(number) and number > 0.0):
        raise ValueError(
            "Expected `temperature` to be a finite number above zero. Received: "
            f"{temperature!r}. Use 1.0 for the model's own distribution, less for "
            "likelier samples (0.1 is close to the mode), more for varied ones."
        )
