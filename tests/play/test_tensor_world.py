import numpy as np

from keras_rlgen import pictures
from keras_rlgen.environments import CartPole, Pendulum
from keras_rlgen.play import TensorWorld


def test_the_same_seed_plays_the_same_episodes():
    observations = []
    for _ in range(2):
        world = TensorWorld(Pendulum(), seed=1)
        world.reset()
        second = world.reset()
        observations.append((second, world.step(np.float32([1.0]))[0]))
    np.testing.assert_array_equal(*observations)


def test_it_starts_from_an_observation():
    world = TensorWorld(Pendulum())
    seen = world.start_from(np.float32([0.0, 1.0, 2.0]))
    np.testing.assert_allclose(seen, [0.0, 1.0, 2.0], atol=1e-6)
    observation, reward, terminated, truncated = world.step(np.float32([0.0]))
    assert reward < -2.0 and observation[2] > 2.0 and not terminated | truncated
    assert world.distance(observation) is None
    assert world.frame_function() is pictures.pendulum_frame
    assert world.observation_shape == (3,)


def test_the_end_of_an_episode():
    world = TensorWorld(CartPole(max_episode_steps=1))
    world.reset()
    assert world.step(np.int32(1))[1:] == (1.0, False, True)
