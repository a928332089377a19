import gymnasium
import numpy as np
import pytest

from keras_rlgen import pictures
from keras_rlgen.environments import Pendulum
from keras_rlgen.play import GymnasiumWorld


class ManyActions(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (2,))
    action_space = gymnasium.spaces.MultiBinary(3)


def test_it_steps_as_the_environment():
    world, theirs = GymnasiumWorld("Pendulum-v1", seed=2), gymnasium.make("Pendulum-v1")
    np.testing.assert_allclose(world.reset(), theirs.reset(seed=2)[0])
    expected = theirs.step(np.float32([0.5]))
    observation, reward, terminated, truncated = world.step(np.float32([0.5]))
    np.testing.assert_allclose(observation, expected[0], rtol=1e-6)
    assert abs(reward - expected[1]) < 1e-5 and not terminated | truncated
    assert (world.reset() != observation).any()


def test_what_it_is():
    world = GymnasiumWorld("Pendulum-v1")
    assert repr(world.action) == repr(Pendulum().action)
    assert repr(GymnasiumWorld("CartPole-v1").action) == "DiscreteAction(2)"
    assert world.observation_shape == (3,)
    assert world.frame_function() is pictures.pendulum_frame
    observation = world.reset()
    assert world.start_from(observation) is None and world.distance(observation) is None


def test_other_actions_are_refused():
    with pytest.raises(ValueError, match="continuous actions.*MultiDiscrete"):
        GymnasiumWorld(ManyActions)
