import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import PPO
from keras_rlgen.environments import CartPole, GivenStarts, LatentEditing
from tests.agents.toys import mlp
from tests.environments.numbered import Decaying, Numbered

STARTS = np.arange(12.0, dtype="float32").reshape(3, 4) / 100.0


def numbers(*values):
    """Inner states of `Numbered`, of the age 1."""
    return np.array(values, "int32"), np.ones((len(values), 1), "int32")


def test_episodes_begin_in_given_states_each_as_likely():
    environment = GivenStarts(CartPole(), STARTS)
    state = environment.reset((0, 1), 3000)
    assert not state.elapsed_steps.numpy().any()
    rows, counts = np.unique(state.inner_state, axis=0, return_counts=True)
    np.testing.assert_array_equal(rows, STARTS)
    assert counts.min() > 900


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_seed_decides(jit_compile):
    environment = GivenStarts(CartPole(), STARTS)

    @tf.function(jit_compile=jit_compile)
    def reset(seed):
        return environment.observe(environment.reset(seed, 20))

    first, again, other = (reset(tf.constant([0, seed])).numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    np.testing.assert_array_equal(first, environment.reset((0, 1), 20).inner_state)


def test_all_else_is_the_environments():
    inner = CartPole(max_episode_steps=2)
    environment = GivenStarts(inner, STARTS)
    for name in (
        "observation_shape",
        "action",
        "max_episode_steps",
        "observation_low",
        "observation_high",
    ):
        np.testing.assert_array_equal(getattr(environment, name), getattr(inner, name))
    state = environment.reset((0, 1), 4)
    for seed in (2, 3):
        action = tf.constant([0, 1, 1, 0])
        expected = inner.step(state, action, (0, seed))
        state, result = environment.step(state, action, (0, seed))
        for ours, theirs in zip(
            tf.nest.flatten((state, result)), tf.nest.flatten(expected), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
    assert result.truncated.numpy().all()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_states_are_replaced_without_tracing_again(jit_compile):
    environment, traces = GivenStarts(Numbered(), numbers(5, 6)), []

    @tf.function(jit_compile=jit_compile)
    def begun(seed):
        traces.append(seed)
        number, age = environment.reset(seed, 50).inner_state
        return number, age

    number, age = begun(tf.constant([0, 1]))
    assert set(number.numpy()) == {5, 6} and np.all(age == 1)
    environment.assign_starts(numbers(8, 9))
    number, _ = begun(tf.constant([0, 1]))
    assert set(number.numpy()) == {8, 9} and len(traces) == 1


def test_states_of_other_environments_fit():
    environment = LatentEditing(tf.tanh, 2, lambda x: x[:, 0])
    inner_states = environment.reset((0, 1), 5).inner_state
    starts = GivenStarts(environment, inner_states)
    state = starts.reset((0, 2), 8)
    assert type(state.inner_state) is type(inner_states)
    assert set(state.inner_state.reward.numpy()) <= set(inner_states.reward.numpy())


def test_values_become_the_environments_dtype():
    environment = GivenStarts(CartPole(), STARTS.astype("float64"))
    assert environment.reset((0, 1), 2).inner_state.dtype == tf.float32


def test_discounts_are_the_environments():
    environment = GivenStarts(Decaying(), np.array([1]))
    state = environment.reset((0, 1), 2)
    _, result = environment.step(state, tf.constant([0, 0]), (0, 2))
    assert result.discount.numpy().tolist() == [0.25, 0.25]


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ((STARTS,), r"a `CartPole`, a nest like float32"),
        (STARTS.tolist(), "make arrays of lists"),
        (STARTS[:, :3], r"shape \(M, 4\) and dtype float32. Received: shape \(3, 3\)"),
        (STARTS[0, 0], r"Received: shape \(\)"),
        (STARTS.astype("int32"), r"Received: shape \(3, 4\), dtype int32"),
        (STARTS[:0], r"at least one. Received parts of \[0\] states"),
        (STARTS * np.nan, "finite inner states of a `CartPole`"),
    ],
)
def test_states_that_do_not_fit(starts, message):
    with pytest.raises(ValueError, match=message):
        GivenStarts(CartPole(), starts)
    environment = GivenStarts(CartPole(), STARTS)
    with pytest.raises(ValueError, match=message):
        environment.assign_starts(starts)


def test_parts_of_different_numbers():
    first, second = numbers(1, 2)
    with pytest.raises(ValueError, match=r"Received parts of \[2, 1\] states"):
        GivenStarts(Numbered(), (first, second[:1]))


def test_as_many_states_as_before():
    environment = GivenStarts(CartPole(), STARTS)
    with pytest.raises(ValueError, match="Expected 3 states, .* Received: 2. Sample 3"):
        environment.assign_starts(STARTS[:2])


def test_an_agent_learns_from_given_starts():
    """The pole is falling to the right; the agent learns to catch it."""
    leaning = np.float32([[0.0, 0.0, 0.1, 0.6]])
    agent = PPO(
        mlp(2, 4, units=16),
        mlp(1, 4, units=16, seed=5),
        environment=GivenStarts(CartPole(max_episode_steps=200), leaning),
        num_environments=8,
        steps_per_update=32,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    before = agent.evaluate(8, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=640, verbose=0)
    after = agent.evaluate(8, seed=1, verbose=0)["mean_return"]
    assert before < 100.0 and after > 150.0
