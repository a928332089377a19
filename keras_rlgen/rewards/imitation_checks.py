"""What `Imitation` expects of its arguments."""

import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.experience import Experience
from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.losses.check_logits import check_logits

VARIABLE_HORIZON = (
    "Where an episode's length depends on the actions, any positive reward favours "
    "long episodes and any negative one short episodes, whatever was learned. Use an "
    "environment with episodes of a fixed length, such as `FixedHorizonCartPole`; or "
    "pass `absorbing=True` and the agent's `gamma`; or `variable_horizon=True`, and "
    "compare with a constant reward."
)


def check_gamma(gamma, shaping, absorbing):
    """Raises an error unless `gamma` is given where it is needed, and only there.

    Args:
        gamma: Float or `None`.
        shaping: The network of the potential, or `None`.
        absorbing: Whether there are absorbing states, whose return needs `gamma < 1`.

    Raises:
        ValueError: If it is missing, out of its range, or of no use.
    """
    if not absorbing and shaping is None:
        if gamma is not None:
            raise ValueError(
                "Expected `gamma` only with `shaping` or `absorbing`. Received: "
                f"gamma={gamma!r} with neither. Leave it out."
            )
    elif (
        gamma is None
        or not (is_number(gamma) and 0.0 < gamma <= 1.0)
        or (absorbing and gamma == 1.0)
    ):
        interval = "(0, 1)" if absorbing else "(0, 1]"
        raise ValueError(
            f"Expected `gamma` in {interval}, that of the agent, for `shaping` and "
            f"`absorbing`. Received: {gamma!r}. Pass `gamma=agent.gamma`."
        )


def check_experts(experts, specs, may_terminate):
    """Raises an error unless demonstrations can be imitated.

    Args:
        experts: `Experience`.
        specs: Object with the specs of observations and actions, or `None`.
        may_terminate: Whether episodes may terminate.

    Raises:
        TypeError: If `experts` is something else.
        ValueError: If there are no specs, or an episode terminated that must not.
    """
    if not isinstance(experts, Experience):
        raise TypeError(
            "Expected `experts` to be an `Experience`. Received: "
            f"{experts!r} of type {type(experts).__name__}. Record one by "
            "`expert.record(episodes=...)`, or import one by "
            "`Experience.from_arrays`, `from_episodes` or `from_minari`."
        )
    if specs is None:
        raise ValueError(
            "Expected `specs`, which say what actions there are. Received: "
            "None. Pass `agent.specs`."
        )
    if experts.terminated.any() and not may_terminate:
        raise ValueError(
            "Expected experts whose episodes do not terminate. Received: "
            f"{int(experts.terminated.sum())} of {experts.num_episodes} that "
            f"do. {VARIABLE_HORIZON}"
        )


def check_network(network, size, name):
    """Raises an error unless a network maps vectors of a size to logits.

    Args:
        network: Keras model.
        size: Integer, the size of a vector.
        name: `"discriminator"` or `"shaping"`, the argument.

    Raises:
        ValueError: If it does not, or ends in a sigmoid.
    """
    inputs = "observation" if name == "shaping" else "observation and action"
    try:
        flatten_logits(network(tf.zeros((2, size)), training=False))
    except Exception as error:
        raise ValueError(
            f"Expected `{name}` to be a model from vectors of {inputs}, "
            f"(batch, {size}), to logits (batch, 1). Its input: "
            f"{getattr(network, 'input_shape', 'unknown')}. Error: {error}"
        ) from error
    check_logits(network, name)
