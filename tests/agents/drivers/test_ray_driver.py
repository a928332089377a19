import sys

import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import agents
from keras_rlgen.agents.drivers import ray_driver
from keras_rlgen.agents.drivers.gymnasium_driver import GymnasiumDriver
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.environments import CartPole, Pendulum, Remote
from keras_rlgen.training.random_streams import stream_key
from tests.agents.control import pendulum_agent
from tests.agents.drivers.local_ray import LocalRay
from tests.agents.drivers.streams import StepType
from tests.agents.toys import mlp
from tests.environments.numbered import NumberedEnv


def make_agent(environment, inputs=2):
    agent = agents.DQN(
        mlp(2, inputs=inputs),
        environment,
        num_environments=4,
        batch_size=8,
        warm_up_steps=8,
        collect_steps=8,
        updates_per_step=1 / 16,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    return agent


@pytest.fixture
def local_ray(monkeypatch):
    ray = LocalRay()
    monkeypatch.setattr(ray_driver, "import_ray", lambda: ray)
    return ray


def collect(driver, policy, chunk, num_steps=5):
    first_step = tf.constant(chunk * num_steps, tf.int64)
    return driver.collect(policy, num_steps, first_step, ())[0]


def local_drivers(driver):
    seeds = [stream_key(driver._seed, f"worker {index}") for index in range(2)]
    return [GymnasiumDriver(NumberedEnv, 2, seed) for seed in seeds]


def check_equal(frames, parts):
    tf.nest.map_structure(
        lambda x, *y: np.testing.assert_array_equal(x, np.concatenate(y)),
        frames,
        *parts,
    )


def test_frames_are_those_of_local_drivers_with_the_current_weights(local_ray):
    agent = make_agent(Remote(NumberedEnv, num_workers=2))
    agent.environment_steps.assign(10**9)  # The schedule of epsilon has ended.
    driver, policy = agent.driver, agent.collect_policy
    local = local_drivers(driver)
    for chunk in range(3):
        agent.q_network.set_weights(
            [w + np.float32(chunk) for w in agent.q_network.get_weights()]
        )
        frames = collect(driver, policy, chunk)
        check_equal(frames, [collect(d, policy, chunk) for d in local])
        check_equal(driver.observation, [d.observation for d in local])
    driver.reset_episodes()
    assert (collect(driver, policy, 3).step_type[:, 0] == StepType.FIRST).all()


def test_evaluation_plays_a_share_in_each_worker(local_ray):
    agent = make_agent(Remote(NumberedEnv, num_workers=2))
    results = agent.evaluate(5, seed=1, verbose=0)
    returns = [
        driver.run_episodes(agent.policy, share, stream_key(1, f"worker {i}"), 1000)[0]
        for i, (driver, share) in enumerate(
            zip(local_drivers(agent.driver), (3, 2), strict=True)
        )
    ]
    assert results["mean_return"] == np.concatenate(returns).mean()
    assert agent.evaluate(1, seed=1, verbose=0)["episodes"] == 1


def test_a_worker_that_dies_is_replaced(local_ray, monkeypatch):
    agent = make_agent(Remote(NumberedEnv, num_workers=2))
    agent.fit(epochs=1, steps_per_epoch=8, verbose=0)
    weights = agent.q_network.get_weights()
    ended = []
    monkeypatch.setattr(agent, "end_episodes", lambda: ended.append(True))
    local_ray.kill(local_ray.workers[0])
    frames = collect(agent.driver, agent.collect_policy, chunk=8)
    assert len(local_ray.workers) == 3
    begun = frames.step_type[:, 0] == StepType.FIRST
    assert begun[:2].all() and not begun[2:].all()
    # Frames before are no predecessors of those after.
    assert ended == [True]
    for before, after in zip(weights, agent.q_network.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    agent.fit(epochs=1, steps_per_epoch=8, verbose=0)

    local_ray.kill(local_ray.workers[1])
    agent.evaluate(4, verbose=0)
    assert len(local_ray.workers) == 4


def test_a_worker_that_always_dies(local_ray, monkeypatch):
    agent = make_agent(Remote(NumberedEnv, num_workers=2))
    collect(agent.driver, agent.collect_policy, chunk=0)
    monkeypatch.setattr(ray_driver.RayDriver, "_start", lambda self, index: dead)
    dead = local_ray.workers[0]
    local_ray.kill(dead)
    with pytest.raises(RuntimeError, match="died 3 times at the same task"):
        agent.fit(epochs=1, steps_per_epoch=8, verbose=0)


def test_an_error_of_the_environment_is_raised(local_ray):
    def fails():
        environment = NumberedEnv()
        environment.step = lambda action: 1 / 0
        return environment

    agent = make_agent(Remote(fails, num_workers=2))
    with pytest.raises(Exception, match="division by zero"):
        agent.fit(epochs=1, steps_per_epoch=8, verbose=0)


def test_a_pipelined_round_has_the_weights_of_the_round_before(local_ray):
    agent = make_agent(Remote(NumberedEnv, num_workers=2, pipelined=True))
    policy, driver = agent.collect_policy, agent.driver
    local = local_drivers(driver)
    for chunk in range(3):
        # Tasks of the local Ray run when asked for, with values of when they were sent.
        expected = [collect(d, policy, chunk) for d in local]
        check_equal(collect(driver, policy, chunk), expected)
    sent = driver._next_round[0][0][0]
    np.testing.assert_array_equal(sent[0], agent.q_network.get_weights()[0])
    agent.fit(epochs=1, steps_per_epoch=16, verbose=0)
    with pytest.raises(ValueError, match="an agent with a replay buffer"):
        agents.PPO(
            mlp(2, inputs=2),
            mlp(1, inputs=2),
            environment=Remote(NumberedEnv, 1, pipelined=True),
        )


def test_tensor_environments_and_files(local_ray, tmp_path):
    agent = make_agent(Remote(CartPole(), num_workers=2), inputs=4)
    agent.fit(epochs=1, steps_per_epoch=8, verbose=0)
    assert len(local_ray.workers) == 2
    assert len(agent.record(steps=5)) == 5
    agent.save(tmp_path / "agent.keras")
    loaded = agents.Agent.load(tmp_path / "agent.keras")
    assert isinstance(loaded.environment, CartPole)
    assert loaded.environment_steps == agent.environment_steps
    assert len(local_ray.workers) == 2


def test_errors():
    pytest.importorskip("ray", reason="needs the extra `distributed`")
    with pytest.raises(ValueError, match="a multiple of the number of workers, 3"):
        make_driver(Remote("CartPole-v1", 3), 4, seed=0)


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"\[distributed\]"):
        make_driver(Remote("CartPole-v1", 2), 2, seed=0)


class Match(gymnasium.Env):
    """Rewards the action that is seen; an episode is one step."""

    observation_space = gymnasium.spaces.Box(0.0, 1.0, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seen = np.eye(2, dtype=np.float32)[self.np_random.integers(2)]
        return self.seen, {}

    def step(self, action):
        return self.seen, float(self.seen[action]), True, False, {}


class TestByRay:
    def test_dqn_learns_although_a_worker_dies(self, ray_of_two):
        agent = make_agent(Remote(Match, num_workers=2))
        agent.fit(epochs=1, steps_per_epoch=200, verbose=0)
        steps = int(agent.environment_steps)
        ray_of_two.kill(agent.driver._workers[0])
        agent.fit(epochs=1, steps_per_epoch=800, verbose=0)
        assert int(agent.environment_steps) > steps
        assert agent.evaluate(10, verbose=0)["mean_return"] == 1.0
        agent.driver.close()

    def test_ppo_learns(self, ray_of_two):
        agent = agents.PPO(
            mlp(2, inputs=2),
            mlp(1, inputs=2),
            environment=Remote(Match, num_workers=1),
            num_environments=4,
            steps_per_update=32,
            normalize_observations=True,
            seed=0,
        )
        agent.compile(keras.optimizers.Adam(0.03))
        agent.fit(epochs=1, steps_per_epoch=32 * 12, verbose=0)
        assert agent.evaluate(10, verbose=0)["mean_return"] == 1.0
        agent.driver.close()

    def test_sac_pipelined(self, ray_of_two):
        environment = Remote(Pendulum(7), num_workers=1, pipelined=True)
        agent = pendulum_agent(environment=environment)
        before = agent.actor.get_weights()[0]
        agent.fit(epochs=2, steps_per_epoch=32, verbose=0)
        assert (agent.actor.get_weights()[0] != before).any()
        agent.driver.close()
