import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.drivers.tensor_driver import (
    TensorDriver,
    tensor_environment_specs,
)
from keras_rlgen.environments import CartPole, Pendulum
from tests.agents.drivers.streams import (
    PushRight,
    RandomPolicy,
    check_frames,
    joined,
)
from tests.environments.numbered import Decaying, Numbered


def collect(driver, policy, num_chunks, num_steps, jit_compile=False):
    function = tf.function(
        lambda first: driver.collect(policy, num_steps, first, ()),
        autograph=False,
        jit_compile=jit_compile,
    )
    steps = tf.range(num_chunks, dtype=tf.int64) * num_steps
    return joined([function(first)[0] for first in steps])


@pytest.mark.parametrize("num_steps", [1, 7])
def test_no_transition_joins_two_episodes(num_steps):
    driver = TensorDriver(Numbered(), num_environments=5, seed=0)
    frames = collect(driver, RandomPolicy(driver.specs), 210 // num_steps, num_steps)
    check_frames(frames, driver.observation.numpy())


@pytest.mark.parametrize("jit_compile", [False, True])
def test_discounts_are_the_environments(jit_compile):
    for limit, expected in ((4, [0.5, 0.25, 0.0, 1.0]), (2, [0.5, 0.25, 1.0])):
        driver = TensorDriver(Decaying(limit), num_environments=2, seed=0)
        policy = RandomPolicy(driver.specs)
        frames = collect(driver, policy, 2, len(expected), jit_compile)
        np.testing.assert_array_equal(frames.discount, [expected * 2] * 2)
        # The last step of an episode is followed by the one that begins the next.
        ended = np.equal(np.arange(2 * len(expected)) % len(expected), 0)[1:]
        np.testing.assert_array_equal(frames.is_first()[0, 1:], ended)


def test_xla_collects_the_same():
    each = []
    for jit_compile in (False, True):
        driver = TensorDriver(CartPole(), num_environments=3, seed=4)
        policy = RandomPolicy(driver.specs)
        each.append(collect(driver, policy, 4, 20, jit_compile))
    for plain, compiled in zip(*map(tf.nest.flatten, each), strict=True):
        np.testing.assert_allclose(plain, compiled, rtol=1e-4, atol=1e-5)


def test_the_seed_and_the_step_say_what_happens():
    def run(seed, chunks=((0, 12),)):
        driver = TensorDriver(CartPole(), num_environments=2, seed=seed)
        policy = RandomPolicy(driver.specs)
        frames = [
            driver.collect(policy, count, tf.constant(first, tf.int64), ())[0]
            for first, count in chunks
        ]
        return joined(frames).observation

    np.testing.assert_array_equal(run(1), run(1, [(0, 5), (5, 7)]))
    assert (run(1) != run(2)).any()


def test_it_goes_on_from_its_variables():
    first, second = (TensorDriver(Numbered(), 3, seed=5) for _ in range(2))
    policy = RandomPolicy(first.specs)
    collect(first, policy, 3, 4)
    assert first.variables.keys() == second.variables.keys()
    for name, variable in first.variables.items():
        second.variables[name].assign(variable)
    frames = [
        driver.collect(policy, 6, tf.constant(12, tf.int64), ())[0]
        for driver in (first, second)
    ]
    tf.nest.map_structure(np.testing.assert_array_equal, *frames)


def test_reset_episodes():
    driver = TensorDriver(Numbered(), num_environments=3, seed=0)
    driver.in_progress = True
    before = driver.observation.numpy()
    driver.reset_episodes()
    assert not driver.in_progress
    assert np.all(driver.observation[:, 1] == 0)
    assert np.all(driver.observation[:, 0] != before[:, 0])


class TestRunEpisodes:
    @pytest.mark.parametrize("jit_compile", [False, True])
    def test_one_of_each_environment(self, jit_compile):
        """Pushed one way, every cart falls in 8 to 10 steps."""
        driver = TensorDriver(CartPole(), num_environments=2, seed=0)
        driver.jit_compile = jit_compile
        policy = PushRight(driver.specs)
        before = driver.observation.numpy()
        returns, lengths = driver.run_episodes(policy, 30, seed=1, max_steps=1000)
        assert returns.shape == lengths.shape == (30,)
        np.testing.assert_array_equal(returns, lengths)
        assert set(lengths) <= {8, 9, 10, 11} and len(set(lengths)) > 1
        # Training is not disturbed.
        np.testing.assert_array_equal(driver.observation, before)
        again, _ = driver.run_episodes(policy, 30, seed=1, max_steps=1000)
        np.testing.assert_array_equal(returns, again)
        assert (
            driver.run_episodes(policy, 30, seed=2, max_steps=1000)[0] != returns
        ).any()

    def test_truncated_episodes(self):
        driver = TensorDriver(Pendulum(5), num_environments=1, seed=0)
        returns, lengths = driver.run_episodes(
            RandomPolicy(driver.specs), 3, seed=0, max_steps=1000
        )
        assert lengths.tolist() == [5, 5, 5] and np.all(returns < 0)


def test_specs():
    specs = tensor_environment_specs(CartPole())
    assert specs.observation.shape == (4,) and specs.observation.dtype == tf.float32
    assert specs.action.dtype == tf.int32
    assert (specs.action.minimum, specs.action.maximum) == (0, 1)
    specs = tensor_environment_specs(Pendulum())
    assert specs.action.shape == (1,) and specs.action.dtype == tf.float32
    assert specs.action.minimum.tolist() == [-2.0]
