"""Finds the variables that a policy reads."""

import tensorflow as tf


def policy_variables(policy, takes_seed):
    """Returns the variables that the actions of a policy depend on, in a fixed order.

    Weights, statistics of normalisation, counters of schedules: the same list for
    equal policies in different processes.

    Args:
        policy: `TFPolicy`.
        takes_seed: Whether its `action` takes a stateless seed.

    Returns:
        List of `tf.Variable`.
    """

    def act(time_step, policy_state, seed):
        seeds = (seed,) if takes_seed else ()
        return policy.action(time_step, policy_state, *seeds)

    time_step, policy_state = tf.nest.map_structure(
        lambda spec: tf.TensorSpec((1, *spec.shape), spec.dtype),
        (policy.time_step_spec, policy.policy_state_spec),
    )
    function = tf.function(act, autograph=False).get_concrete_function(
        time_step, policy_state, tf.TensorSpec((2,), tf.int32)
    )
    captures = function.graph.captures
    place = {id(handle): index for index, (handle, _) in enumerate(captures)}
    return sorted(function.graph.variables, key=lambda v: place[id(v.handle)])
