"""The state of recurrent models, from one step to the next."""

import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


def carried_state_spec(model):
    """Returns the specs of a recurrent model's state.

    A recurrent model computes one step: from a list `[observation, *states]` to a list
    `[output, *states]`, with states of the same shapes and dtypes in the same order.

    Args:
        model: Keras model.

    Returns:
        Tuple of `TensorSpec` without the batch dimension, empty if the model is not
        recurrent.

    Example:

    >>> x, state = keras.Input((3,)), keras.Input((8,))
    >>> _, (next_state,) = keras.layers.GRUCell(8)(x, [state])
    >>> model = keras.Model([x, state], [keras.layers.Dense(2)(next_state), next_state])
    >>> carried_state_spec(model)
    (TensorSpec(shape=(8,), dtype=tf.float32, name=None),)
    """
    if isinstance(model, keras.Sequential) or not getattr(model, "inputs", None):
        return ()
    if not isinstance(model.input, list) or not isinstance(model.output, list):
        return ()
    states_before, states_after = model.input[1:], model.output[1:]
    if not states_after or not all(map(keras.utils.is_keras_tensor, states_before)):
        return ()
    before, after = (
        [(tuple(x.shape), x.dtype) for x in states]
        for states in (states_before, states_after)
    )
    if before != after:
        return ()
    return tuple(tf.TensorSpec(shape[1:], dtype) for shape, dtype in before)


def unrolled(step, observation, step_type, state):
    """Unrolls a recurrent model over time.

    Args:
        step: Function of an observation, a step type and a state, of tensors
            `(B, ...)`, which returns an output and the next state.
        observation: Nest of tensors `(B, T, ...)`.
        step_type: Int32 tensor `(B, T)`.
        state: Tuple of tensors `(B, ...)`, before the first step.

    Returns:
        Outputs, a tensor `(B, T, ...)`, and the state after the last step.
    """
    elements = tf.nest.map_structure(_swapped, (observation, step_type))
    first = tf.nest.map_structure(lambda x: x[0], elements)
    output, _ = step(*first, state)
    outputs, states = tf.scan(
        lambda carried, element: step(*element, carried[1]),
        elements,
        initializer=(tf.zeros_like(output), state),
    )
    return _swapped(outputs), tf.nest.map_structure(lambda x: x[-1], states)


def reset_at_episode_start(state, step_type):
    """Returns the state, set to zero where an episode begins.

    Args:
        state: Tuple of tensors `(B, ...)`.
        step_type: Int32 tensor `(B,)`.
    """

    def reset(x):
        begins = tf.reshape(
            step_type == StepType.FIRST, [-1] + [1] * (x.shape.rank - 1)
        )
        return tf.where(begins, tf.zeros_like(x), x)

    return tf.nest.map_structure(reset, state)


def _swapped(x):
    """Exchanges the first two axes."""
    return tf.transpose(x, [1, 0, *range(2, x.shape.rank)])
