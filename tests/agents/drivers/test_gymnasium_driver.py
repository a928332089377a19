import gymnasium
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.drivers.gymnasium_driver import GymnasiumDriver
from keras_rlgen.environments import make_vector_environment
from keras_rlgen.training.random_streams import stream_key
from tests.agents.drivers.streams import (
    PushRight,
    RandomPolicy,
    StepType,
    check_frames,
    joined,
)
from tests.environments.numbered import NumberedEnv


def collect(driver, policy, num_chunks, num_steps):
    policy_state = policy.get_initial_state(driver.num_environments)
    chunks = []
    for chunk in range(num_chunks):
        frames, policy_state = driver.collect(
            policy, num_steps, tf.constant(chunk * num_steps, tf.int64), policy_state
        )
        chunks.append(frames)
    return joined(chunks)


@pytest.mark.parametrize("num_steps", [1, 7])
def test_no_transition_joins_two_episodes(num_steps):
    driver = GymnasiumDriver(NumberedEnv, num_environments=5, seed=0)
    frames = collect(driver, RandomPolicy(driver.specs), 210 // num_steps, num_steps)
    check_frames(frames, driver.observation)


def test_frames_have_the_dtypes_and_the_state_of_the_policy():
    driver = GymnasiumDriver("CartPole-v1", num_environments=2, seed=0)
    policy = PushRight(driver.specs)
    frames = collect(driver, policy, 3, 8)
    for array, spec in zip(
        tf.nest.flatten(frames), tf.nest.flatten(policy.trajectory_spec), strict=True
    ):
        assert array.dtype == spec.dtype.as_numpy_dtype
        assert array.shape == (2, 24, *spec.shape)
    # TF-Agents resets the state with every episode.
    first = frames.step_type == StepType.FIRST
    count = frames.policy_info["count"]
    assert first.sum() >= 4 and np.all(count[first] == 0)
    following = ~first[:, 1:]
    np.testing.assert_array_equal(count[:, 1:][following], count[:, :-1][following] + 1)


class InArrays(RandomPolicy):
    """The random policy, in NumPy."""

    def array_actor(self, num_environments, num_steps, seed):
        shape = (num_steps, num_environments)
        actions = np.random.default_rng(seed).integers(2, size=shape)
        return lambda index, observation: actions[index]


def test_a_policy_that_acts_in_numpy():
    driver = GymnasiumDriver(NumberedEnv, num_environments=5, seed=0)
    frames = collect(driver, InArrays(driver.specs), 30, 7)
    check_frames(frames, driver.observation)
    assert 0.4 < frames.action.mean() < 0.6


@pytest.mark.parametrize("policy_class", [RandomPolicy, InArrays])
def test_the_seed_says_what_happens(policy_class):
    def run(seed):
        driver = GymnasiumDriver("CartPole-v1", num_environments=2, seed=seed)
        return collect(driver, policy_class(driver.specs), 2, 6)

    tf.nest.map_structure(np.testing.assert_array_equal, run(1), run(1))
    assert (run(1).observation != run(2).observation).any()
    assert (run(1).action != run(2).action).any()


def test_reset_episodes():
    driver = GymnasiumDriver(NumberedEnv, num_environments=3, seed=0)
    policy = RandomPolicy(driver.specs)
    assert not driver.in_progress
    before = collect(driver, policy, 1, 2)
    assert driver.in_progress
    driver.reset_episodes()
    assert not driver.in_progress
    after, _ = driver.collect(policy, 2, tf.constant(2, tf.int64), ())
    assert np.all(after.step_type[:, 0] == StepType.FIRST)
    assert np.all(after.observation[:, 0, 0] != before.observation[:, 0, 0])


class TestRunEpisodes:
    def test_short_episodes_are_not_favoured(self):
        """The numbers of the episodes are those that each environment begins with."""
        driver = GymnasiumDriver(NumberedEnv, num_environments=2, seed=0)
        policy = RandomPolicy(driver.specs)
        returns, lengths = driver.run_episodes(policy, 20, seed=3, max_steps=1000)
        assert returns.dtype == np.float32 and lengths.dtype == np.int32
        np.testing.assert_array_equal(returns, lengths)

        environments = make_vector_environment(NumberedEnv, 8)
        numbers = [[] for _ in range(8)]
        observation, _ = environments.reset(seed=stream_key(3, "episodes"))
        begins = np.ones(8, np.bool_)
        for _ in range(30):
            for environment in np.flatnonzero(begins):
                numbers[environment].append(observation[environment, 0])
            observation, _, terminated, truncated, _ = environments.step(
                np.zeros(8, int)
            )
            begins = observation[:, 1] == 0
        quota = [3, 3, 3, 3, 2, 2, 2, 2]
        played = [
            number for n, q in zip(numbers, quota, strict=True) for number in n[:q]
        ]
        expected = [min(number % 5 + 1, 4) for number in played]
        assert sorted(lengths) == sorted(expected)

    def test_training_goes_on_undisturbed(self):
        driver = GymnasiumDriver("CartPole-v1", num_environments=2, seed=0)
        collect(driver, RandomPolicy(driver.specs), 1, 3)
        before = driver.observation
        lengths = driver.run_episodes(
            PushRight(driver.specs), 4, seed=0, max_steps=1000
        )[1]
        assert set(lengths) <= {8, 9, 10, 11}
        assert driver.in_progress and driver.observation is before

    @pytest.mark.parametrize(
        "make",
        [
            lambda: gymnasium.make("CartPole-v1"),
            lambda: gymnasium.make_vec("CartPole-v1", num_envs=1),
        ],
    )
    def test_environments_that_cannot_be_made_again(self, make):
        driver = GymnasiumDriver(make(), num_environments=1, seed=0)
        collect(driver, RandomPolicy(driver.specs), 1, 3)
        lengths = driver.run_episodes(
            PushRight(driver.specs), 3, seed=0, max_steps=1000
        )[1]
        assert set(lengths) <= {8, 9, 10, 11}
        assert not driver.in_progress
        driver.close()
