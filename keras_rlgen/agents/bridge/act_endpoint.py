import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.export.guarded_endpoint import assert_finite

tf_agents = import_tf_agents()


class ActEndpoint:
    """Acts, inside a graph, on what an environment observes.

    Args:
        policy: `TFPolicy`, greedy.
        specs: `EnvironmentSpecs`. With `spaces`, observations and actions are those of
            the environment; without, those of the policy.
        spaces: Pair of the environment's spaces of Gymnasium, or `None`.
        batch_size: Integer, the only number of observations; by default any.

    Attributes:
        signature: List of the flat `tf.TensorSpec` of `flat`: the observation, with
            integers of 32 bits, then the state of the policy, if it has one.
    """

    def __init__(self, policy, specs, spaces=None, batch_size=None):
        self._policy = policy
        self._specs = specs
        self._spaces = spaces
        self._batch_size = batch_size
        self._state = self._named("state", policy.policy_state_spec)
        seen = specs.observation if spaces is None else _specs_of(spaces[0])
        self._observation = self._named("observation", seen)
        self._plain = keras.tree.map_structure(_with_32_bits, self._observation)
        self.signature = tf.nest.flatten([self._plain, self._state])

    def function(self):
        """Returns `act`, traced for what users pass.

        `act(observation)` returns actions `(batch, *action_shape)`;
        `act(observation, state)` of a policy with a state a pair, with the next state.
        Observations are those of the environment, in its dtypes or in 32 bits, or as
        the networks take them.
        """
        act = tf.function(self._act, autograph=False)
        network = self._named("observation", self._specs.observation)
        state = (self._state,) if tf.nest.flatten(self._state) else ()
        for spec in (self._plain, self._observation, network):
            act.get_concrete_function(spec, *state)
        return act

    def flat(self, *inputs):
        """Returns a dict of `action` and the next state, for a signature."""
        observation, state = tf.nest.pack_sequence_as(
            [self._plain, self._state], inputs
        )
        stateful = bool(tf.nest.flatten(self._state))
        outputs = self._act(observation, *([state] if stateful else []))
        action, state = outputs if stateful else (outputs, ())
        names = [spec.name for spec in tf.nest.flatten(self._state)]
        named = dict(zip(names, tf.nest.flatten(state), strict=True))
        return {"action": action, **named}

    def _act(self, observation, state=()):
        spec = self._specs.observation
        space = self._spaces and self._spaces[0]
        observation = _to_network(space, spec, observation, "observation")
        count = tf.shape(tf.nest.flatten(observation)[0])[:1]
        kind = tf.fill(count, tf_agents.trajectories.StepType.MID)
        one = tf.ones(count)
        time_step = tf_agents.trajectories.TimeStep(kind, one, one, observation)
        step = self._policy.action(time_step, state)
        action = _to_environment(self._spaces, self._specs.action, step.action)
        return (action, step.state) if tf.nest.flatten(state) else action

    def _named(self, name, nest):
        """Returns specs of a batch, named by their paths."""
        specs = [
            tf.TensorSpec(
                (self._batch_size, *spec.shape),
                spec.dtype,
                name="/".join(map(str, (name, *path))),
            )
            for path, spec in keras.tree.flatten_with_path(nest)
        ]
        return tf.nest.pack_sequence_as(nest, specs)


def _specs_of(space):
    """Returns the nest of specs of what a space of Gymnasium holds."""
    parts = getattr(space, "spaces", None)
    if isinstance(parts, dict):
        return {key: _specs_of(part) for key, part in parts.items()}
    if parts is not None:
        return tuple(map(_specs_of, parts))
    return tf.TensorSpec(space.shape, tf.as_dtype(space.dtype))


def _with_32_bits(spec):
    """Returns the spec of the dtype that TensorFlow gives to a list of numbers."""
    if spec.dtype.is_floating:
        return tf.TensorSpec(spec.shape, tf.float32, spec.name)
    if spec.dtype in (tf.uint8, tf.bool):
        return spec
    return tf.TensorSpec(spec.shape, tf.int32, spec.name)


def _to_network(space, spec, observation, name):
    """Returns an observation as the networks take it."""
    parts = getattr(space, "spaces", None)
    if isinstance(spec, dict):
        parts = parts or dict.fromkeys(spec)
        return {
            key: _to_network(parts[key], spec[key], observation[key], f"{name}/{key}")
            for key in spec
        }
    if isinstance(spec, tuple):
        parts = parts or [None] * len(spec)
        triples = zip(parts, spec, observation, strict=True)
        return tuple(_to_network(*t, f"{name}/{i}") for i, t in enumerate(triples))
    counts = getattr(space, "nvec", getattr(space, "n", None))
    is_index = observation.dtype.is_integer and not spec.dtype.is_integer
    if is_index and counts is not None and hasattr(space, "start"):
        return _one_hot(observation, counts, space, name)
    observation = tf.cast(observation, spec.dtype)
    if not spec.dtype.is_floating:
        return observation
    with tf.control_dependencies([assert_finite(observation, name)]):
        return tf.identity(observation)


def _one_hot(observation, counts, space, name):
    """Returns one-hot vectors of integers, one after another."""
    counts = np.ravel(counts).astype(np.int64)
    start = np.ravel(space.start).astype(np.int64)
    index = tf.reshape(tf.cast(observation, tf.int64), [-1, len(counts)]) - start
    inside = tf.reduce_all((index >= 0) & (index < counts))
    message = f"Expected `{name}` in {space}. Received:"
    check = tf.debugging.Assert(inside, [message, observation])
    with tf.control_dependencies([check]):
        index += np.cumsum(counts) - counts
    return tf.reduce_sum(tf.one_hot(index, int(counts.sum())), axis=1)


def _to_environment(spaces, spec, action):
    """Returns actions as the environment takes them."""
    if spaces is None:
        return tf.nest.map_structure(_clipped, spec, action)
    space = spaces[1]
    dtype = tf.as_dtype(space.dtype)
    if spec.dtype.is_floating:
        return tf.clip_by_value(tf.cast(action, dtype), space.low, space.high)
    return tf.cast(action, dtype) + tf.cast(getattr(space, "start", 0), dtype)


def _clipped(spec, action):
    if not spec.dtype.is_floating:
        return action
    return tf.clip_by_value(action, spec.minimum, spec.maximum)
