import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import (
    Acrobot,
    CartPole,
    DiscreteAction,
    EpisodeState,
    FixedHorizonCartPole,
    GridWorld,
    MountainCar,
    Pendulum,
    TensorEnvironment,
    auto_reset_step,
)

BUILT_IN = pytest.mark.parametrize(
    "environment",
    [
        Acrobot(max_episode_steps=7),
        CartPole(max_episode_steps=7),
        FixedHorizonCartPole(max_episode_steps=7),
        GridWorld(["S..", ".#.", "..G"], max_episode_steps=7),
        MountainCar(max_episode_steps=7),
        Pendulum(max_episode_steps=7),
    ],
    ids=lambda environment: type(environment).__name__,
)


class Walk(TensorEnvironment):
    """Returns what it is told to, to see what is refused."""

    def __init__(self, reward=None, terminated=None, observation=None):
        super().__init__((1,), DiscreteAction(2), max_episode_steps=3)
        self.wrong = reward, terminated, observation

    def initial_state(self, seed, num_environments):
        return {"position": tf.zeros((num_environments,))}

    def transition(self, inner_state, action, seed):
        position = inner_state["position"] + tf.cast(action, tf.float32)
        reward, terminated, _ = self.wrong
        reward = position if reward is None else reward
        terminated = position > 9.0 if terminated is None else terminated
        return {"position": position}, reward, terminated

    def observation(self, inner_state):
        _, _, observation = self.wrong
        return inner_state["position"][:, None] if observation is None else observation


def rollout(environment, seed, steps=20, batch=3):
    """Steps, each reset where an episode ends, in one graph."""

    def step(carry, seeds):
        state, _ = carry
        action = environment.action.sample(seeds[0], batch)
        return auto_reset_step(environment, state, action, seeds[1])

    seeds = tf.reshape(tf.random.split(seed, 2 * steps), (steps, 2, 2))
    state = environment.reset(seed, batch)
    _, result = environment.step(state, environment.action.sample(seed, batch), seed)
    states, results = tf.scan(step, seeds, initializer=(state, result))
    return tf.nest.map_structure(lambda values: values[-1], states), results


@BUILT_IN
def test_compiled_and_eager_episodes_are_the_same(environment):
    seed = tf.constant([5, 6])
    eager = rollout(environment, seed)
    compiled = tf.function(rollout, jit_compile=True)(environment, seed)
    for ours, expected in zip(
        tf.nest.flatten(compiled), tf.nest.flatten(eager), strict=True
    ):
        assert ours.dtype == expected.dtype
        if ours.dtype.is_floating:
            np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)
        else:
            np.testing.assert_array_equal(ours, expected)


@BUILT_IN
def test_results_keep_to_the_specs(environment):
    state, results = rollout(environment, (1, 2))
    shape = (20, 3)
    assert results.observation.shape == shape + environment.observation_shape
    assert results.observation.dtype == tf.float32
    assert results.reward.shape == shape and results.reward.dtype == tf.float32
    assert results.terminated.shape == shape and results.terminated.dtype == tf.bool
    assert results.truncated.shape == shape and results.truncated.dtype == tf.bool
    assert results.discount.dtype == tf.float32
    np.testing.assert_array_equal(results.discount, 1.0 - results.terminated.numpy())
    assert np.all(results.observation >= environment.observation_low)
    assert np.all(results.observation <= environment.observation_high)
    assert environment.observe(state).shape == (3, *environment.observation_shape)


@BUILT_IN
def test_the_seed_decides(environment):
    first, again, other = (
        rollout(environment, (0, seed), steps=4)[1].observation for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


@BUILT_IN
def test_config_round_trip(environment):
    config = keras.saving.serialize_keras_object(environment)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is type(environment) and restored.max_episode_steps == 7
    assert restored.get_config() == environment.get_config()


def test_counts_steps_and_truncates():
    environment = Walk()
    state = environment.reset((0, 1), 2)
    for step in (1, 2, 3):
        state, result = environment.step(state, tf.constant([0, 1]), (0, step))
        assert state.elapsed_steps.numpy().tolist() == [step, step]
        assert result.truncated.numpy().tolist() == [step == 3] * 2
        assert result.observation.numpy().tolist() == [[0.0], [step]]
    assert not np.any(result.terminated)


def test_the_last_step_may_terminate_too():
    environment = Walk()
    state = EpisodeState({"position": tf.constant([9.5])}, tf.constant([2]))
    _, result = environment.step(state, tf.constant([1]), (0, 1))
    assert bool(result.terminated[0]) and bool(result.truncated[0])


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        ("reward", tf.zeros((2, 1)), r"shape \(2, 1\), dtype float32"),
        ("reward", tf.zeros(2, tf.float64), r"shape \(2,\), dtype float64"),
        ("terminated", tf.zeros(2, tf.int32), r"shape \(2,\), dtype int32"),
        ("terminated", tf.constant(False), r"shape \(\), dtype bool"),
        ("observation", tf.zeros((2, 4)), r"shape \(2, 4\), dtype float32"),
        ("observation", tf.zeros((1, 1)), r"shape \(1, 1\), dtype float32"),
    ],
)
def test_a_subclass_that_returns_what_does_not_fit(name, value, received):
    environment = Walk(**{name: value})
    state = environment.reset((0, 1), 2)
    with pytest.raises(ValueError, match=f"`Walk` expected its `{name}` of shape") as e:
        environment.step(state, tf.constant([0, 1]), (0, 2))
    e.match(f"Received: {received}")


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_predicted_discount_in_the_place_of_an_end(jit_compile):
    environment = Walk(terminated=tf.constant([0.0, 0.25, 1.0]))
    state = environment.reset((0, 1), 3)
    step = tf.function(environment.step, jit_compile=jit_compile)
    _, result = step(state, tf.constant([0, 0, 0]), tf.constant((0, 2)))
    assert result.discount.numpy().tolist() == [0.0, 0.25, 1.0]
    assert result.terminated.numpy().tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("discount", "received"),
    [
        (tf.zeros((2, 1)), r"shape \(2, 1\), dtype float32"),
        (tf.zeros(2, tf.float64), r"shape \(2,\), dtype float64"),
    ],
)
def test_a_discount_that_does_not_fit(discount, received):
    environment = Walk(terminated=discount)
    with pytest.raises(ValueError, match="`Walk` expected its `discount`") as error:
        environment.step(environment.reset((0, 1), 2), tf.constant([0, 1]), (0, 2))
    error.match(f"Received: {received}")


def test_an_action_for_every_environment():
    environment = Walk()
    state = environment.reset((0, 1), 2)
    with pytest.raises(ValueError, match=r"each of 2 environments. Received: .*\(3,\)"):
        environment.step(state, tf.constant([0, 1, 1]), (0, 2))


def test_bad_seeds():
    with pytest.raises(ValueError, match=r"`seed` of shape \(2,\).* shape \(\)"):
        Walk().reset(3, 2)


@pytest.mark.parametrize("number", [0, 2.5, None])
def test_bad_counts(number):
    with pytest.raises(ValueError, match="`num_environments` must be an integer of at"):
        Walk().reset((0, 1), number)
    with pytest.raises(ValueError, match="`max_episode_steps` must be an integer of"):
        CartPole(max_episode_steps=number)


def test_the_contract_is_to_be_written():
    with pytest.raises(TypeError, match="abstract"):
        TensorEnvironment((1,), DiscreteAction(2), 3)


@pytest.mark.parametrize(
    "make", ["Acrobot", "CartPole", "FixedHorizonCartPole", "MountainCar", "Pendulum"]
)
def test_observations_show_the_inner_state(make):
    import keras_rlgen.environments as environments

    environment = getattr(environments, make)()
    state = environment.reset((0, 1), 5)
    shown = environment.inner_state_of(environment.observe(state))
    np.testing.assert_allclose(
        environment.observation(shown), environment.observe(state), atol=1e-5
    )
    assert tf.nest.map_structure(lambda x: x.shape, shown) == tf.nest.map_structure(
        lambda x: x.shape, state.inner_state
    )
