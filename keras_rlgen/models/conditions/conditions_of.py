"""Resolves a model's arguments `num_classes` and `conditions`."""

from keras_rlgen.models.conditions.class_labels import ClassLabels


def conditions_of(num_classes, conditions):
    """Returns the conditions given by a model's arguments, or `None`.

    Args:
        num_classes: Positive integer, short for `ClassLabels(num_classes)`; or `None`.
        conditions: `ClassLabels`, `VectorCondition` or another object with their
            methods; or `None`.

    Raises:
        ValueError: If both are given.
        TypeError: If `conditions` lacks the methods of a condition.

    Example:

    >>> conditions_of(10, None).num_classes
    10
    """
    if conditions is None:
        return None if num_classes is None else ClassLabels(num_classes)
    if num_classes is not None:
        raise ValueError(
            "Expected `num_classes` or `conditions`, not both: `num_classes=10` is "
            "short for `conditions=ClassLabels(10)`. Received: "
            f"num_classes={num_classes!r} and conditions={conditions!r}"
        )
    methods = "validate", "guarded", "example", "random", "spec"
    if isinstance(conditions, type) or not all(hasattr(conditions, m) for m in methods):
        raise TypeError(
            "Expected `conditions` to be a `VectorCondition(dim)`, "
            "`ClassLabels(num_classes)`, or an object with their methods. Received: "
            f"{conditions!r}"
        )
    return conditions
