import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.environments import PixelGeneration, pixel_generation
from keras_rlgen.rewards import Contrast, DiversityFilter, Normalized
from tests.agents.toys import mlp

WEIGHTS = np.arange(1.0, 7.0, dtype="float32").reshape(2, 3, 1)


def weighted(samples):
    return tf.reduce_sum(samples * WEIGHTS, axis=[1, 2, 3])


def crossed(samples):
    """How much of a 2 x 2 checkerboard is there, from -1 to 1."""
    pattern = tf.constant([[[1.0], [-1.0]], [[-1.0], [1.0]]])
    return tf.reduce_mean(samples * pattern, axis=[1, 2, 3])


def play(environment, actions):
    """Returns the final state, and what every step gave, `(steps, batch)`."""
    state = environment.reset((0, 1), actions.shape[1])
    observations, results = [environment.observe(state).numpy()], []
    step = tf.function(environment.step, jit_compile=True)
    for action in actions:
        state, result = step(state, tf.constant(action), tf.constant((0, 2)))
        observations.append(result.observation.numpy())
        results.append((result.reward.numpy(), result.terminated.numpy()))
    rewards, ends = zip(*results, strict=True)
    return state, np.array(observations), np.array(rewards), np.array(ends)


ACTIONS = np.random.default_rng(0).integers(0, 3, (6, 4)).astype("int32")
VALUES = np.array([-1.0, 0.5, 2.0], "float32")


@pytest.fixture(scope="module")
def played():
    environment = PixelGeneration((2, 3, 1), VALUES.tolist(), weighted, blank=-3.0)
    return environment, *play(environment, ACTIONS)


def test_it_emits_what_actions_choose(played):
    environment, state, *_ = played
    expected = VALUES[ACTIONS].T.reshape(4, 2, 3, 1)
    np.testing.assert_array_equal(environment.samples(state), expected)


def test_it_shows_the_canvas_and_the_place(played):
    _, _, observations, _, _ = played
    assert observations.shape == (7, 4, 2, 3, 2)
    for step in range(7):
        canvas, marker = (observations[step, ..., i].reshape(4, 6) for i in (0, 1))
        np.testing.assert_array_equal(canvas[:, :step], VALUES[ACTIONS[:step]].T)
        assert (canvas[:, step:] == -3.0).all()
        np.testing.assert_array_equal(marker, np.tile(np.arange(6) == step, (4, 1)))


def test_it_rewards_the_end(played):
    _, state, _, rewards, ends = played
    assert not rewards[:-1].any() and not ends[:-1].any() and ends[-1].all()
    samples = VALUES[ACTIONS].T.reshape(4, 2, 3, 1)
    np.testing.assert_allclose(rewards[-1], weighted(samples), rtol=1e-6)


def test_dense_rewards_are_those_of_a_potential():
    """Equation of theorem 1, step by step; the discounted sum differs by a constant."""
    gamma = 0.9
    environment = PixelGeneration(
        (2, 3, 1), VALUES.tolist(), weighted, dense=True, gamma=gamma, blank=-3.0
    )
    _, observations, rewards, _ = play(environment, ACTIONS)
    potentials = np.array([weighted(o[..., :1]) for o in observations])
    final = potentials[-1].copy()
    potentials[-1] = 0.0
    expected = gamma * potentials[1:] - potentials[:-1]
    expected[-1] += final
    np.testing.assert_allclose(rewards, expected, rtol=1e-4, atol=1e-4)
    returns = gamma ** np.arange(6) @ rewards
    sparse = gamma**5 * final
    np.testing.assert_allclose(returns, sparse - potentials[0], rtol=1e-4)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_only_complete_samples_are_scored(jit_compile):
    """Unless rewards are dense."""

    def finite_at_the_end(samples):
        unfinished = tf.reduce_any(samples == -3.0, axis=[1, 2, 3])
        tf.py_function(calls.append, [0], [])
        return tf.where(unfinished, np.nan, weighted(samples))

    calls = []
    reward = weighted if jit_compile else finite_at_the_end
    environment = PixelGeneration((2, 3, 1), VALUES.tolist(), reward, blank=-3.0)
    calls.clear()
    state = environment.reset((0, 1), 4)
    step = tf.function(environment.step, jit_compile=jit_compile)
    rewards = []
    for action in ACTIONS:
        state, result = step(state, tf.constant(action), tf.constant((0, 2)))
        rewards.append(result.reward.numpy())
    assert len(calls) == (0 if jit_compile else 1)
    assert not np.any(rewards[:-1])
    np.testing.assert_allclose(
        rewards[-1], weighted(environment.samples(state)), rtol=1e-6
    )


def test_sequences_have_the_place_behind_them():
    environment = PixelGeneration((3,), [0.0, 1.0], lambda x: x[:, 0], blank=-1.0)
    state = environment.reset((0, 1), 1)
    state, result = environment.step(state, tf.constant([1]), (0, 2))
    expected = [[1.0, -1.0, -1.0, 0.0, 1.0, 0.0]]
    np.testing.assert_array_equal(result.observation, expected)


@pytest.mark.parametrize(
    "reward",
    [
        0.5 * Normalized(Contrast()) + 1.0,
        DiversityFilter(Contrast(), radius=0.1),
    ],
)
def test_a_reward_that_keeps_state_is_refused(reward):
    with pytest.raises(ValueError, match="`PixelGeneration` is a pure function") as e:
        PixelGeneration((2, 2, 1), [0.0, 1.0], reward)
    assert "Leave out `Normalized`, `DiversityFilter`" in str(e.value)


def test_a_dqn_learns_to_generate():
    environment = PixelGeneration((2, 2, 1), [-1.0, 1.0], crossed)
    q_network = keras.Sequential(
        [keras.layers.Input((2, 2, 2)), keras.layers.Flatten()]
    )
    for layer in mlp(2, 8, units=32).layers:
        q_network.add(layer)
    agent = DQN(
        q_network,
        environment,
        num_environments=8,
        n_step=4,
        gamma=1.0,
        epsilon=keras.optimizers.schedules.PolynomialDecay(1.0, 1500, 0.05),
        warm_up_steps=200,
        target_update_period=32,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    before = agent.evaluate(16, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=250, verbose=0)
    after = agent.evaluate(16, seed=1, verbose=0)["mean_return"]
    assert before < 0.9 and after == pytest.approx(1.0)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"values": [1.0]}, "at least two `values`"),
        ({"gamma": 0.0}, r"`gamma` in \(0, 1\]"),
        ({"reward": lambda x: x}, r"to return shape \(batch,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    arguments = {"values": [0.0, 1.0], "reward": weighted, **arguments}
    with pytest.raises(ValueError, match=message):
        PixelGeneration((2, 3, 1), **arguments)


def test_examples_in_docstrings_run():
    result = doctest.testmod(pixel_generation, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
