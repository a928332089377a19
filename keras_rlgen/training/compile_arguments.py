from keras_rlgen.arguments import check_integer


def check_compile_arguments(run_eagerly, jit_compile, steps_per_execution):
    """Raises an error for options of `compile` that Keras passes on unchecked.

    Args:
        run_eagerly: Argument of `compile`.
        jit_compile: Argument of `compile`.
        steps_per_execution: Argument of `compile`, `None` for a default.

    Raises:
        ValueError: If one is out of its range, such as a string for a number.

    Example:

    >>> check_compile_arguments(False, "auto", 8)
    """
    if run_eagerly not in (True, False):
        raise ValueError(
            f"Expected `run_eagerly` to be True or False. Received: {run_eagerly!r}"
        )
    if jit_compile not in (True, False, "auto"):
        raise ValueError(
            "Expected `jit_compile` to be True, False or 'auto'. Received: "
            f"{jit_compile!r}"
        )
    if steps_per_execution is not None:
        check_integer("steps_per_execution", steps_per_execution)
