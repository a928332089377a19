import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import PPO
from keras_rlgen.environments import LatentEditing, auto_reset_step, latent_editing
from keras_rlgen.models import GAN, StochasticGenerator
from tests import networks
from tests.agents.toys import mlp

DIRECTIONS = np.array([[1.0, 1.0], [0.0, 2.0], [1.0, -1.0]], "float32")


def decode(latents):
    return tf.tanh(latents)[:, :, None] * tf.constant([1.0, 2.0])


def total(samples):
    return tf.reduce_sum(samples, axis=[1, 2])


def moved(action, **arguments):
    """Returns the environment, the latents before, and state and result after."""
    environment = LatentEditing(
        decode, 2, total, directions=DIRECTIONS, step_size=0.5, **arguments
    )
    state = environment.reset((0, 1), len(action))
    before = state.inner_state.latents.numpy()
    step = tf.function(environment.step, jit_compile=True)
    return environment, before, *step(state, tf.constant(action), tf.constant((0, 2)))


def test_discrete_actions_step_along_directions():
    environment, before, state, result = moved([0, 1, 2, 3, 4, 5, 6])
    moves = np.repeat(DIRECTIONS, 2, axis=0) * np.tile([[0.5], [-0.5]], (3, 1))
    moves = np.concatenate([moves, [[0.0, 0.0]]]).astype("float32")
    expected = before + moves
    np.testing.assert_allclose(state.inner_state.latents, expected, rtol=1e-5)
    assert result.terminated.numpy().tolist() == [False] * 6 + [True]
    np.testing.assert_allclose(
        result.reward,
        total(decode(expected)) - total(decode(before)),
        rtol=1e-4,
        atol=1e-5,
    )
    np.testing.assert_allclose(environment.samples(state), decode(expected), 1e-5)
    np.testing.assert_array_equal(result.observation, state.inner_state.latents)


def test_continuous_actions_are_clipped_parts_of_a_step():
    action = np.array([[0.2, -0.4, 0.6], [5.0, 0.0, 0.0]], "float32")
    _, before, state, result = moved(action, continuous=True)
    expected = before + 0.5 * np.clip(action, -1.0, 1.0) @ DIRECTIONS
    np.testing.assert_allclose(state.inner_state.latents, expected, rtol=1e-5)
    assert not result.terminated.numpy().any()


def test_latents_stay_within_the_bound():
    _, _, state, _ = moved([0, 1, 2, 3], bound=0.3)
    assert np.abs(state.inner_state.latents).max() == np.float32(0.3)


def test_samples_are_observed_on_request():
    environment, _, state, result = moved([0, 6], observe_samples=True)
    latents = state.inner_state.latents.numpy()
    samples = np.reshape(decode(latents), (2, 4))
    assert environment.observation_shape == (6,)
    np.testing.assert_allclose(
        result.observation, np.concatenate([latents, samples], axis=1), rtol=1e-5
    )


def test_latents_start_normal_and_do_not_depend_on_xla():
    environment = LatentEditing(decode, 2, total, bound=6.0)
    state = environment.reset((3, 4), 5000)
    latents = state.inner_state.latents.numpy()
    np.testing.assert_allclose(latents.mean(axis=0), 0.0, atol=0.06)
    np.testing.assert_allclose(latents.std(axis=0), 1.0, atol=0.04)
    reset = tf.function(lambda seed: environment.reset(seed, 5000), jit_compile=True)
    again = reset(tf.constant((3, 4))).inner_state.latents
    np.testing.assert_allclose(again, latents, rtol=1e-4, atol=1e-5)


def bernoulli():
    return StochasticGenerator(networks.generator(8), "bernoulli", seed=0)


def gan_of_bernoulli():
    return GAN(bernoulli(), networks.discriminator(8), 2, seed=0)


def seeded(latents, seed):
    return latents + tf.random.stateless_normal(latents.shape, seed)


def mean(samples):
    return tf.reduce_mean(samples, axis=-1)


STOCHASTIC = pytest.mark.parametrize(
    "make", [bernoulli, gan_of_bernoulli, lambda: seeded]
)
COMPILED = pytest.mark.parametrize("jit_compile", [False, True])


@STOCHASTIC
@COMPILED
def test_stochastic_decoders_depend_on_the_seeds_alone(make, jit_compile):
    environment = LatentEditing(make(), 2, mean, max_episode_steps=3)

    @tf.function(jit_compile=jit_compile)
    def play(seed):
        state, rewards = environment.reset(seed, 6), []
        for step in range(5):
            action = tf.constant([0, 1, 2, 3, 4, 0])
            state, result = auto_reset_step(environment, state, action, seed + step)
            rewards.append(result.reward)
        return environment.samples(state), tf.stack(rewards)

    first, again, other = (play(tf.constant([0, seed])) for seed in (1, 1, 2))
    for ours, expected in zip(again, first, strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert np.any(first[1] != other[1]) and np.any(first[1] != 0.0)


@STOCHASTIC
@COMPILED
def test_a_latent_has_one_sample_in_an_episode(make, jit_compile):
    environment = LatentEditing(make(), 2, mean, step_size=1.0)
    state = environment.reset((0, 1), 64)
    step = tf.function(environment.step, jit_compile=jit_compile)
    start = state.inner_state
    # Nothing but zeros can be told apart exactly after a step there and back.
    state = state._replace(inner_state=start._replace(latents=tf.zeros((64, 2))))
    samples = []
    for number, action in enumerate([4, 0, 1, 2, 3]):
        action = tf.fill(64, action)
        state, _ = step(state, action, tf.constant([5, number]))
        samples.append(environment.samples(state).numpy())
    np.testing.assert_array_equal(samples[2], samples[0])
    np.testing.assert_array_equal(samples[4], samples[0])
    assert np.any(samples[1] != samples[0])
    # The same latent in other episodes gives other samples.
    assert len(np.unique(samples[0], axis=0)) > 20


@STOCHASTIC
@COMPILED
def test_stopping_is_paid_nothing(make, jit_compile):
    environment = LatentEditing(make(), 2, mean)
    state = environment.reset((0, 1), 64)
    step = tf.function(environment.step, jit_compile=jit_compile)
    for number in range(3):
        state, result = step(state, tf.fill(64, 4), tf.constant([0, number]))
        assert not result.reward.numpy().any() and result.terminated.numpy().all()


def test_a_new_episode_has_a_new_seed():
    environment = LatentEditing(bernoulli(), 2, mean, max_episode_steps=1)
    state = environment.reset((0, 1), 4)
    seeds = [state.inner_state.seeds.numpy()]
    for number in range(3):
        action = tf.zeros(4, tf.int32)
        state, _ = auto_reset_step(environment, state, action, (1, number))
        seeds.append(state.inner_state.seeds.numpy())
    assert len(np.unique(np.concatenate(seeds), axis=0)) == 16


def test_ppo_learns_to_edit_what_a_generator_makes():
    environment = LatentEditing(
        networks.gan(), networks.LATENT_DIM, networks.closeness, max_episode_steps=6
    )
    actions = environment.action.count
    agent = PPO(
        mlp(actions, 2, units=16),
        mlp(1, 2, units=16, seed=5),
        environment=environment,
        num_environments=16,
        steps_per_update=24,
        gamma=1.0,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    before = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=240, verbose=0)
    after = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    assert before < 0.1 and after > before + 0.3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"step_size": 0.0}, "`step_size` above zero"),
        ({"bound": -1.0}, "`bound` above zero"),
        ({"directions": np.eye(3)}, r"of shape \(k, latent_dim\) = \(k, 2\)"),
        ({"directions": np.eye(2) * [1, 0]}, "finite and not zero"),
        ({"targets": True}, "positive number of classes"),
        ({"reward": lambda x: x}, r"to return shape \(batch,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LatentEditing(decode, 2, **{"reward": total, **arguments})


def test_examples_in_docstrings_run():
    result = doctest.testmod(latent_editing, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0


def test_whether_samples_are_observed_is_no_text():
    with pytest.raises(TypeError, match="`observe_samples` to be True or False"):
        LatentEditing(decode, 2, total, observe_samples="yes")


def test_targets_are_observed_and_condition_the_reward():
    def signed(samples, condition):
        return total(samples) * (1.0 - 2.0 * tf.cast(condition, tf.float32))

    environment = LatentEditing(decode, 2, signed, targets=2, prior_weight=0.1)
    state = environment.reset((0, 1), 20)
    inner = state.inner_state
    assert set(inner.target.numpy()) == {0, 1}
    one_hot = np.eye(2)[inner.target]
    np.testing.assert_array_equal(environment.observe(state)[:, 2:], one_hot)
    prior = -0.1 * np.sum(inner.latents.numpy() ** 2, axis=1) / 2.0
    expected = signed(inner.samples, inner.target) + prior
    np.testing.assert_allclose(inner.reward, expected, rtol=1e-5)
    after, result = environment.step(state, tf.zeros(20, tf.int32), (0, 2))
    np.testing.assert_array_equal(after.inner_state.target, inner.target)
    again = environment.edited_from(result.observation)
    np.testing.assert_allclose(again.reward, after.inner_state.reward, rtol=1e-5)
    np.testing.assert_array_equal(again.target, inner.target)


def test_features_of_samples_are_observed():
    environment, _, state, result = moved(
        [0, 6], observe_samples=lambda samples: samples[:, :, 0]
    )
    assert environment.observation_shape == (4,)
    expected = state.inner_state.samples[:, :, 0]
    np.testing.assert_array_equal(result.observation[:, 2:], expected)
    with pytest.raises(ValueError, match=r"features of shape \(batch, size\)"):
        moved([0], observe_samples=lambda samples: samples)


def test_directions_may_be_a_variable():
    directions = tf.Variable([[1.0, 0.0]])
    environment = LatentEditing(decode, 2, total, directions=directions, step_size=1.0)
    directions.assign([[0.0, 1.0]])
    latents, stopped = environment.moved(tf.zeros((2, 2)), tf.constant([0, 2]))
    np.testing.assert_array_equal(latents, [[0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(stopped, [False, True])


def test_observations_of_stochastic_decoders_cannot_be_decoded():
    def noisy(latents, seed):
        return decode(latents) + tf.random.stateless_normal((), seed)

    environment = LatentEditing(noisy, 2, total)
    with pytest.raises(ValueError, match="deterministic decoder"):
        environment.edited_from(tf.zeros((1, 2)))


def test_no_prior_and_no_directions():
    with pytest.raises(ValueError, match="`prior_weight` >= 0"):
        LatentEditing(decode, 2, total, prior_weight=-1.0)
    with pytest.raises(ValueError, match="k >= 1"):
        LatentEditing(decode, 2, total, directions=np.zeros((0, 2)))
