"""Tells environments from their classes, and from what makes them."""

from keras_rlgen.arguments import check_no_class
from keras_rlgen.environments.tensor_environment import TensorEnvironment


def is_instance(environment):
    """Returns whether a value is an environment itself, not its name, class or maker.

    Args:
        environment: Environment of Gymnasium or in tensors, its id, its class, or a
            function that makes it.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> is_instance(CartPole()), is_instance(CartPole), is_instance("CartPole-v1")
    (True, False, False)
    """
    return hasattr(environment, "step") and not isinstance(environment, type)


def is_gymnasium_instance(environment):
    """Returns whether a value is an environment of Gymnasium, of which there is one.

    Args:
        environment: As in `is_instance`.
    """
    return is_instance(environment) and not isinstance(environment, TensorEnvironment)


def refuse_class(environment, name="environment"):
    """Raises `TypeError` for the class of a tensor environment.

    A class of Gymnasium's without arguments is a function that makes one.

    Args:
        environment: Any value.
        name: String, the argument.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> refuse_class(CartPole)
    Traceback (most recent call last):
    ...
    TypeError: Expected `environment` to be an object. Received: the class ...
    """
    if isinstance(environment, type) and issubclass(environment, TensorEnvironment):
        check_no_class(name, environment)
