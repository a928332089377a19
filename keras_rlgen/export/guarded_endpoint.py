import inspect

import tensorflow as tf

TOLERANCE = 1e-3  # As in the checks of training data.


def guarded_endpoint(function, signature, bounds):
    """Returns a function of a SavedModel that refuses invalid inputs.

    A signature of a SavedModel does not check shapes by itself, and no function does
    values.

    Args:
        function: Function of tensors.
        signature: List with a nest of `tf.TensorSpec` for each argument.
        bounds: Dict from names of tensors to `(low, high)`, or `None` for none.

    Returns:
        A function of the same arguments. Within it, `tf.errors.InvalidArgumentError` is
        raised for another shape, NaN, infinity, or a value out of its bounds.
    """

    def guarded(*arguments):
        flat = zip(tf.nest.flatten(signature), tf.nest.flatten(arguments), strict=True)
        checked = [_checked(spec, tensor, bounds) for spec, tensor in flat]
        return function(*tf.nest.pack_sequence_as(signature, checked))

    guarded.__signature__ = _signature_of(function, signature)
    return guarded


def assert_finite(tensor, name):
    """Returns the operation that fails if a tensor has NaN or infinity.

    Args:
        tensor: Float tensor.
        name: String, the tensor's name in the error.
    """
    message = f"Expected finite numbers as `{name}`. Received NaN or infinity."
    finite = tf.reduce_all(tf.math.is_finite(tensor))
    return tf.debugging.Assert(finite, [message])


def _signature_of(function, signature):
    """Returns the Python signature of the arguments that are tensors."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    given = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in given if parameter.kind is kind]
    # Others, `*args`, are named as their specs.
    names += [tf.nest.flatten(x)[0].name.split("/")[0] for x in signature[len(names) :]]
    return inspect.Signature(
        [inspect.Parameter(name, kind) for name in names[: len(signature)]]
    )


def _checked(spec, tensor, bounds):
    name = spec.name or "input"
    tensor = tf.ensure_shape(tensor, spec.shape, name=name)
    checks = []
    if spec.dtype.is_floating:
        checks.append(assert_finite(tensor, name))
    low_high = bounds.get(name)
    if low_high is not None:
        low, high = low_high
        slack = TOLERANCE if spec.dtype.is_floating else 0
        inside = (tensor >= tf.cast(low - slack, spec.dtype)) & (
            tensor <= tf.cast(high + slack, spec.dtype)
        )
        message = f"Expected `{name}` from {low} to {high}. Received:"
        checks.append(tf.debugging.Assert(tf.reduce_all(inside), [message, tensor]))
    with tf.control_dependencies(checks):
        return tf.identity(tensor)
