import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.bridge.act_endpoint import ActEndpoint
from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.environments.gymnasium.actions import action_conversion
from keras_rlgen.environments.gymnasium.observations import observation_conversion

BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec
INDEX = BoundedTensorSpec((), tf.int64, 0, 2**31)
COUNT = 3
OBSERVATIONS = {
    "numbers": spaces.Box(-5.0, 5.0, (2,), np.float64),
    "image": spaces.Box(0, 255, (2, 2, 1), np.uint8),
    "place": spaces.Discrete(4, start=-1),
    "places": spaces.MultiDiscrete([2, 3], start=[1, 0]),
    "switches": spaces.MultiBinary(3),
}
OBSERVATIONS["all"] = spaces.Dict(OBSERVATIONS)
OBSERVATIONS["pair"] = spaces.Tuple([OBSERVATIONS["place"], OBSERVATIONS["numbers"]])
ACTIONS = {
    "one": (spaces.Discrete(3, start=-1), [0, 2, 1]),
    "several": (spaces.MultiDiscrete([2, 3]), [[0, 2], [1, 1], [0, 0]]),
    "switches": (spaces.MultiBinary(2), [[0, 1], [1, 1], [0, 0]]),
    "torques": (spaces.Box(-1.0, 2.0, (1,), np.float64), [[-3.0], [0.5], [9.0]]),
}


class Stub:
    """A policy with one fixed way to act."""

    policy_state_spec = ()

    def __init__(self, act):
        self.act = act

    def action(self, time_step, state):
        return tf_agents.trajectories.PolicyStep(self.act(time_step.observation), state)


def weighted(observation):
    """Returns a number of each observation that tells all parts apart."""
    total, weight = 0, 1
    for part in tf.nest.flatten(observation):
        part = tf.cast(part, tf.float32)
        size = int(np.prod(part.shape[1:]))
        weights = tf.range(weight, weight + size, dtype=tf.float32)
        total += tf.linalg.matvec(tf.reshape(part, (-1, size)), weights)
        weight += size
    return tf.cast(tf.round(total), tf.int64)


def sampled(space):
    space.seed(0)
    samples = [space.sample() for _ in range(COUNT)]
    return tf.nest.map_structure(lambda *parts: np.stack(parts), *samples)


def as_spec(space):
    if isinstance(space, spaces.Dict):
        return {key: as_spec(part) for key, part in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(map(as_spec, space))
    return tf.TensorSpec(space.shape, tf.as_dtype(space.dtype))


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_observations_of_the_environment(name):
    space = OBSERVATIONS[name]
    conversion = observation_conversion(space, COUNT)
    specs = EnvironmentSpecs(as_spec(conversion.space), INDEX)
    both = space, spaces.Discrete(2**31)
    endpoint = ActEndpoint(Stub(weighted), specs, both)
    observations = sampled(space)
    expected = weighted(conversion(observations))
    assert len(np.unique(expected)) > 1
    act = endpoint.function()
    constants = tf.nest.map_structure(tf.constant, observations)
    np.testing.assert_array_equal(act(constants), expected)
    served = zip(endpoint.signature, tf.nest.flatten(constants), strict=True)
    plain = [tf.cast(x, spec.dtype) for spec, x in served]
    np.testing.assert_array_equal(endpoint.flat(*plain)["action"], expected)
    assert all(spec.dtype not in (tf.int64, tf.float64) for spec in endpoint.signature)


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_of_the_environment(name):
    space, chosen = ACTIONS[name]
    conversion = action_conversion(space, COUNT)
    is_float = conversion.space.dtype.kind == "f"
    chosen = np.array(chosen, "float32" if is_float else "int64")
    bounds = (-9, 9) if not is_float else (-1.0, 2.0)
    spec = BoundedTensorSpec(space.shape, tf.as_dtype(chosen.dtype), *bounds)
    specs = EnvironmentSpecs(tf.TensorSpec((2,)), spec)
    both = spaces.Box(-1.0, 1.0, (2,)), space
    endpoint = ActEndpoint(Stub(lambda observation: tf.constant(chosen)), specs, both)
    actions = endpoint.function()(tf.zeros((COUNT, 2)))
    assert actions.dtype == tf.as_dtype(space.dtype)
    np.testing.assert_array_equal(actions, conversion(chosen))


def test_what_is_outside_of_the_space():
    space = OBSERVATIONS["places"]
    specs = EnvironmentSpecs(tf.TensorSpec((5,)), INDEX)
    both = space, spaces.Discrete(2**31)
    act = ActEndpoint(Stub(weighted), specs, both).function()
    with pytest.raises(tf.errors.InvalidArgumentError, match="`observation` in Multi"):
        act(tf.constant([[1, 0], [2, 3], [1, 1]]))


def test_a_tensor_environment_has_the_terms_of_the_networks():
    spec = BoundedTensorSpec((1,), tf.float32, -1.0, 1.0)
    specs = EnvironmentSpecs(tf.TensorSpec((1,)), spec)
    endpoint = ActEndpoint(Stub(lambda observation: 2.0 * observation), specs)
    actions = endpoint.function()(tf.constant([[0.25], [-3.0]]))
    np.testing.assert_array_equal(actions, [[0.5], [-1.0]])
