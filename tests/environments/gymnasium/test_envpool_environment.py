import gymnasium
import keras
import numpy as np
import pytest

from keras_rlgen.agents import PPO
from keras_rlgen.environments import make_vector_environment
from keras_rlgen.environments.gymnasium.envpool_environment import (
    EnvPoolEnvironment,
    is_envpool,
)
from tests.environments.gymnasium.pools import CountingPool


def test_episodes_of_a_pool():
    environments = make_vector_environment(CountingPool(), num_environments=4)
    assert isinstance(environments, gymnasium.vector.VectorEnv)
    assert environments.observation_space.shape == (4, 1)
    observation, _ = environments.reset(seed=3)
    steps = [environments.step(np.zeros(4, np.int32))[:4] for _ in range(6)]
    seen, reward, terminated, truncated = map(np.stack, zip(*steps, strict=True))
    assert not observation.any()
    # The last observations of episodes are seen, and the first of the next after them.
    np.testing.assert_array_equal(seen[:, 0, 0], [1, 2, 0, 1, 2, 0])
    np.testing.assert_array_equal(seen[:, 3, 0], [1, 2, 3, 4, 0, 1])
    np.testing.assert_array_equal(reward[:, 0], [1, 1, 0, 1, 1, 0])
    np.testing.assert_array_equal(terminated[:, 0], [0, 1, 0, 0, 1, 0])
    np.testing.assert_array_equal(terminated[:, 1], [0, 0, 1, 0, 0, 0])
    # At the limit of steps an episode is truncated and goes on from its value.
    assert not terminated[:, 2:].any()
    np.testing.assert_array_equal(truncated[:, 3], [0, 0, 0, 1, 0, 0])


def test_an_agent_learns_in_a_pool():
    pool = CountingPool()
    models = [
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(n)]) for n in (2, 1)
    ]
    agent = PPO(*models, environment=pool, num_environments=4, steps_per_update=8)
    agent.compile(run_eagerly=True)
    logs = agent.train_steps(8)
    # Steps that only reset an environment are none.
    assert int(agent.environment_steps) == 32 - 6
    lengths = [2, 2, 2, 3, 3, 4, 4]
    np.testing.assert_allclose(logs["mean_return"], np.mean(lengths), rtol=1e-6)
    returns = agent.evaluate(4, verbose=0)
    assert returns["mean_return"] == 13 / 4
    agent.driver.close()
    assert pool.closed


def test_refusals():
    assert not is_envpool(gymnasium.make("CartPole-v1"))
    with pytest.raises(ValueError, match="batch_size=2 of num_envs=4"):
        EnvPoolEnvironment(CountingPool(batch_size=2))
    pool = CountingPool()
    pool.observation_space = {"obs": 1}
    with pytest.raises(TypeError, match="env_type='gymnasium'"):
        EnvPoolEnvironment(pool)
    with pytest.raises(ValueError, match="Expected 8 environments"):
        make_vector_environment(CountingPool(), num_environments=8)


def test_envpool_itself():
    envpool = pytest.importorskip("envpool")
    pool = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=3, seed=1)
    environments = make_vector_environment(pool)
    single = gymnasium.make("CartPole-v1")
    assert environments.single_action_space == single.action_space
    assert environments.single_observation_space.shape == (4,)
    environments.reset(seed=2)
    steps = [environments.step(np.zeros(3, np.int32)) for _ in range(40)]
    observation, reward, terminated, truncated, _ = map(
        np.stack, zip(*steps, strict=True)
    )
    assert not truncated.any()
    ends, rows = np.nonzero(terminated[:-1])
    assert len(ends) >= 6
    assert np.all(np.abs(observation[ends, rows, 2]) > 0.2)  # the pole has fallen
    assert np.all(np.abs(observation[ends + 1, rows]) <= 0.05)  # a new episode
    assert np.all(reward[ends + 1, rows] == 0.0)
