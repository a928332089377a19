import gymnasium
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.drivers.specs import vector_environment_specs
from keras_rlgen.agents.drivers.tensor_driver import tensor_environment_specs
from keras_rlgen.environments import CartPole, Pendulum, make_vector_environment


class Spaces(gymnasium.Env):
    def __init__(self, observation_space, action_space):
        self.observation_space, self.action_space = observation_space, action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        assert self.action_space.contains(np.asarray(action)[()])
        return self.observation_space.sample(), 0.0, False, False, {}


OBSERVATIONS = [
    spaces.Box(-1.0, 1.0, (2, 3), np.float64),
    spaces.Box(0, 255, (4, 4, 3), np.uint8),
    spaces.Discrete(3, start=1),
    spaces.Dict({"b": spaces.MultiBinary(2), "a": spaces.Box(-1.0, 1.0, (3,))}),
    spaces.Tuple([spaces.MultiDiscrete([2, 3]), spaces.Box(-1.0, 1.0, ())]),
]
ACTIONS = [
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([2, 4], start=[1, 0]),
    spaces.MultiBinary(3),
    spaces.Box(np.float32([-1.0, 0.0]), np.float32([1.0, 5.0])),
    spaces.Box(-1.0, 1.0, (), np.float64),
]


@pytest.mark.parametrize("action_space", ACTIONS, ids=str)
@pytest.mark.parametrize(
    "observation_space", OBSERVATIONS, ids=lambda s: type(s).__name__
)
def test_what_fits_the_specs_fits_the_spaces(observation_space, action_space):
    environments = make_vector_environment(
        lambda: Spaces(observation_space, action_space), num_environments=64
    )
    specs = vector_environment_specs(environments)
    observations, _ = environments.reset(seed=0)
    tf.nest.map_structure(
        lambda spec, x: spec.shape == x.shape[1:] and spec.dtype == x.dtype or 1 / 0,
        specs.observation,
        observations,
    )
    actions = tf_agents.specs.sample_spec_nest(specs.action, outer_dims=(64,)).numpy()
    assert actions in environments.action_space
    environments.step(actions)
    # All of the actions are within the bounds of the spec.
    samples = environments.action_space.sample()
    assert np.all((samples >= specs.action.minimum) & (samples <= specs.action.maximum))


@pytest.mark.parametrize("kind", [CartPole, Pendulum])
def test_specs_of_tensor_environments_are_the_same_either_way(kind):
    environments = make_vector_environment(kind())
    assert vector_environment_specs(environments) == tensor_environment_specs(kind())


def test_specs_of_cart_pole():
    specs = vector_environment_specs(make_vector_environment("CartPole-v1"))
    assert specs.observation == tf.TensorSpec((4,), tf.float32, "observation")
    assert specs.action == tf_agents.specs.BoundedTensorSpec(
        (), tf.int32, 0, 1, "action"
    )
