import gymnasium
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.environments import GymnasiumPyEnvironment
from tests.environments.numbered import NumberedEnv, check_next_step_stream


@pytest.mark.parametrize("vectorization", ["sync", "async"])
def test_no_transition_joins_two_episodes(vectorization):
    environment = GymnasiumPyEnvironment(
        NumberedEnv, num_environments=4, vectorization=vectorization, seed=0
    )
    time_steps = [environment.reset()]
    time_steps += [environment.step(np.zeros(4, np.int32)) for _ in range(120)]
    environment.close()
    steps = tf.nest.map_structure(lambda *rows: np.stack(rows), *time_steps)
    terminated, last = steps.discount[1:] == 0.0, steps.is_last()[1:]
    assert np.all(last[terminated])
    began = check_next_step_stream(
        steps.observation, steps.reward[1:], terminated, last & ~terminated
    )
    np.testing.assert_array_equal(steps.is_first()[1:], began)
    assert np.all(steps.is_first()[0])


def test_steps_as_gymnasium_does():
    environment = GymnasiumPyEnvironment("CartPole-v1", vectorization="sync")
    theirs = gymnasium.make("CartPole-v1")
    environment.seed(7)
    observation, _ = theirs.reset(seed=7)
    time_step = environment.reset()
    np.testing.assert_array_equal(time_step.observation, [observation])
    actions, ended = np.random.default_rng(0).integers(2, size=60), False
    for action in actions:
        time_step = environment.step(np.array([action], np.int32))
        if ended:
            observation, _ = theirs.reset()
            reward, ended, step_type, discount = 0.0, False, 0, 1.0
        else:
            observation, reward, ended, _, _ = theirs.step(action)
            step_type, discount = (2, 0.0) if ended else (1, 1.0)
        np.testing.assert_array_equal(time_step.observation, [observation])
        assert time_step.reward == reward and time_step.discount == discount
        assert time_step.step_type == step_type


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"])
def test_checks_of_tf_agents(name):
    environment = GymnasiumPyEnvironment(name, num_environments=2, seed=0)
    assert environment.batched and environment.batch_size == 2
    random = np.random.RandomState(0)
    spec = environment.time_step_spec()
    time_steps = [environment.reset()]
    for _ in range(60):
        action = tf_agents.specs.array_spec.sample_spec_nest(
            environment.action_spec(), random, outer_dims=(2,)
        )
        time_steps.append(environment.step(action))
    check = tf_agents.specs.array_spec.check_arrays_nest
    for time_step in time_steps:
        for row in range(2):
            check(tf.nest.map_structure(lambda x, i=row: x[i], time_step), spec)


def test_drivers_of_tf_agents():
    environment = GymnasiumPyEnvironment("CartPole-v1", num_environments=3, seed=0)
    environment = tf_agents.environments.tf_py_environment.TFPyEnvironment(environment)
    policy = tf_agents.policies.random_tf_policy.RandomTFPolicy(
        environment.time_step_spec(), environment.action_spec()
    )
    frames = []
    steps = tf_agents.metrics.tf_metrics.EnvironmentSteps()
    episodes = tf_agents.metrics.tf_metrics.NumberOfEpisodes()
    lengths = tf_agents.metrics.tf_metrics.AverageEpisodeLengthMetric(batch_size=3)
    driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
        environment, policy, [frames.append, steps, episodes, lengths], num_steps=200
    )
    driver.run()
    assert 200 <= int(steps.result()) < 203
    assert int(episodes.result()) >= 5
    assert 8 < float(lengths.result()) < 60
    following = np.stack([frame.next_step_type for frame in frames])
    step_type = np.stack([frame.step_type for frame in frames])
    np.testing.assert_array_equal(step_type[1:], following[:-1])
    np.testing.assert_array_equal(following == 0, step_type == 2)


def test_truncation_keeps_the_discount():
    environment = GymnasiumPyEnvironment(
        lambda: gymnasium.make("Pendulum-v1", max_episode_steps=3)
    )
    environment.reset()
    steps = [environment.step(np.zeros((1, 1), np.float32)) for _ in range(4)]
    assert [int(step.step_type[0]) for step in steps] == [1, 1, 2, 0]
    assert [float(step.discount[0]) for step in steps] == [1.0] * 4


class Drawn(NumberedEnv):
    metadata = {"render_modes": ["rgb_array"]}
    render_mode = "rgb_array"

    def render(self):
        return np.full((4, 5, 3), self.state[1], np.uint8)


def test_pictures():
    environment = GymnasiumPyEnvironment(Drawn, num_environments=2)
    environment.reset()
    environment.step(np.zeros(2, np.int32))
    np.testing.assert_array_equal(environment.render(), np.ones((2, 4, 5, 3), np.uint8))
    with pytest.raises(
        ValueError, match="the mode 'rgb_array'.*Received: mode='human'"
    ):
        environment.render("human")
    with pytest.raises(ValueError, match="render_mode=None"):
        GymnasiumPyEnvironment(NumberedEnv).render()


def test_an_environment_that_does_not_exist():
    with pytest.raises(ValueError, match="CartPole-v1"):
        GymnasiumPyEnvironment("CartPol-v1")
