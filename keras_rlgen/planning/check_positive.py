from keras_rlgen.arguments import is_integer


def check_positive(**numbers):
    """Raises `ValueError` unless all arguments are integers of at least 1."""
    for name, value in numbers.items():
        if not is_integer(value) or value < 1:
            raise ValueError(
                f"Expected `{name}` to be a positive integer. Received: {value!r}"
            )
