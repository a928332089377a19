import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import returns

SHAPES = [(1, 1), (2, 2), (3, 7), (4, 16), (2, 33)]


def trajectories(shape, seed=0):
    """Trajectories of several episodes; some steps terminate, some are truncated."""
    random = np.random.default_rng(seed)
    terminated = random.random(shape) < 0.15
    truncated = random.random(shape) < 0.15
    return {
        "rewards": random.normal(size=shape),
        "discounts": 0.9 * (1.0 - terminated),
        "values": random.normal(size=shape),
        "next_values": random.normal(size=shape),
        "truncated": truncated,
    }


def remaining_steps(data, row, step):
    """The steps from `step` to the end of its episode, or of the tensor."""
    steps = []
    for later in range(step, data["rewards"].shape[1]):
        steps.append(later)
        if data["discounts"][row, later] == 0.0 or data["truncated"][row, later]:
            break
    return steps


def slow(data, one):
    """`one(data, row, step)` for every row and step, in float64."""
    batch, time = data["rewards"].shape
    return np.array(
        [[one(data, row, step) for step in range(time)] for row in range(batch)]
    )


def n_step_return(data, row, step, n):
    """Sutton & Barto, equation 7.1, with gamma^k as a product of discounts."""
    total, weight = 0.0, 1.0
    for later in remaining_steps(data, row, step)[:n]:
        total += weight * data["rewards"][row, later]
        weight *= data["discounts"][row, later]
    return total + weight * data["next_values"][row, later]


def lambda_return(data, row, step, lambda_):
    """Sutton & Barto, equation 12.3, whose last term is the return of all steps."""
    length = len(remaining_steps(data, row, step))
    total = lambda_ ** (length - 1) * n_step_return(data, row, step, length)
    for n in range(1, length):
        weight = (1.0 - lambda_) * lambda_ ** (n - 1)
        total += weight * n_step_return(data, row, step, n)
    return total


def advantage(data, row, step, lambda_):
    """Schulman et al., equation 16, with the errors of equation 9."""
    total, weight = 0.0, 1.0
    for later in remaining_steps(data, row, step):
        discount = data["discounts"][row, later]
        total += weight * (
            data["rewards"][row, later]
            + discount * data["next_values"][row, later]
            - data["values"][row, later]
        )
        weight *= discount * lambda_
    return total


def call(function, data, **options):
    result = function(**tensors(data), **options)
    assert result.dtype == tf.float32
    assert result.shape == data["rewards"].shape
    return result


def tensors(data):
    dtypes = {name: tf.float32 for name in data} | {"truncated": tf.bool}
    return {name: tf.constant(value, dtypes[name]) for name, value in data.items()}


def without_values(data):
    return {name: value for name, value in data.items() if name != "values"}


@pytest.mark.parametrize("shape", SHAPES)
def test_discounted_returns(shape):
    data = trajectories(shape)
    got = call(returns.discounted_returns, without_values(data))
    expected = slow(data, lambda *at: n_step_return(*at, n=shape[1]))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("num_steps", [1, 2, 5, 100])
def test_n_step_returns(num_steps):
    data = trajectories((3, 11))
    got = call(returns.n_step_returns, without_values(data), num_steps=num_steps)
    expected = slow(data, lambda *at: n_step_return(*at, n=num_steps))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lambda_", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_lambda_returns(shape, lambda_):
    data = trajectories(shape)
    got = call(returns.lambda_returns, without_values(data), lambda_=lambda_)
    expected = slow(data, lambda *at: lambda_return(*at, lambda_=lambda_))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lambda_", [0.0, 0.95, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_generalized_advantage_estimate(shape, lambda_):
    data = trajectories(shape)
    got = call(returns.generalized_advantage_estimate, data, lambda_=lambda_)
    expected = slow(data, lambda *at: advantage(*at, lambda_=lambda_))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def all_of_them(values, **data):
    return (
        returns.discounted_returns(**data),
        returns.n_step_returns(num_steps=4, **data),
        returns.lambda_returns(lambda_=0.8, **data),
        returns.generalized_advantage_estimate(values=values, lambda_=0.8, **data),
    )


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (3, 13)])
def test_compiled(shape, jit_compile):
    data = tensors(trajectories(shape))
    function = tf.function(all_of_them, jit_compile=jit_compile)
    for got, expected in zip(function(**data), all_of_them(**data), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_shapes_unknown_when_traced():
    data = trajectories((3, 10))
    signature = 3 * [tf.TensorSpec((None, None), tf.float32)]
    function = tf.function(returns.lambda_returns, input_signature=signature)
    arguments = [data[name] for name in ("rewards", "discounts", "next_values")]
    got = function(*(tf.constant(value, tf.float32) for value in arguments))
    np.testing.assert_allclose(
        got, returns.lambda_returns(*arguments), rtol=1e-5, atol=1e-6
    )


def test_advantages_are_lambda_returns_less_values():
    data = trajectories((4, 20))
    # Within an episode, the next value is the value of the next step.
    ends = (data["discounts"] == 0.0) | data["truncated"]
    ends[:, -1] = True
    later = np.roll(data["values"], -1, axis=1)
    data["next_values"] = np.where(ends, data["next_values"], later)
    advantages = call(returns.generalized_advantage_estimate, data)
    targets = call(returns.lambda_returns, without_values(data))
    np.testing.assert_allclose(advantages, targets - data["values"], atol=1e-5)


def test_a_truncated_episode_takes_nothing_from_the_next():
    data = trajectories((2, 9))
    data["truncated"][:, 4] = True
    changed = {name: value.copy() for name, value in data.items()}
    for name in ("rewards", "values", "next_values"):
        changed[name][:, 5:] += 100.0
    for function in (returns.discounted_returns, returns.lambda_returns):
        before = call(function, without_values(data))
        after = call(function, without_values(changed))
        np.testing.assert_array_equal(before[:, :5], after[:, :5])
    before = call(returns.generalized_advantage_estimate, data)
    after = call(returns.generalized_advantage_estimate, changed)
    np.testing.assert_array_equal(before[:, :5], after[:, :5])


def test_flags_at_terminations_change_nothing():
    data = trajectories((3, 15))
    ends = data["truncated"] | (data["discounts"] == 0.0)
    before = call(returns.generalized_advantage_estimate, data)
    after = call(returns.generalized_advantage_estimate, data | {"truncated": ends})
    np.testing.assert_array_equal(before, after)


def test_without_values_and_truncations():
    rewards = np.array([[1.0, 2.0, 4.0]])
    got = returns.discounted_returns(rewards, np.full((1, 3), 0.5))
    np.testing.assert_allclose(got, [[3.0, 4.0, 4.0]])


def test_no_gradient_flows_through():
    data = trajectories((2, 5))
    rewards, discounts, values = (
        tf.constant(data[name], tf.float32)
        for name in ("rewards", "discounts", "values")
    )
    with tf.GradientTape() as tape:
        tape.watch([rewards, discounts, values])
        results = [
            returns.discounted_returns(rewards, discounts, values),
            returns.n_step_returns(rewards, discounts, values, 3),
            returns.lambda_returns(rewards, discounts, values),
            returns.generalized_advantage_estimate(rewards, discounts, values, values),
        ]
    assert tape.gradient(results, [rewards, discounts, values]) == [None] * 3


@pytest.mark.parametrize("shape", SHAPES)
def test_accumulated_rewards(shape):
    random = np.random.default_rng(1)
    rewards, start = random.normal(size=shape), random.normal(size=shape[0])
    discounts = 0.9 * (random.random(shape) < 0.7)
    expected, total = np.zeros(shape), start
    for step in range(shape[1]):
        total = rewards[:, step] + discounts[:, step] * total
        expected[:, step] = total
    sums = returns.accumulated_rewards(
        rewards, discounts, tf.constant(start, "float32")
    )
    np.testing.assert_allclose(sums, expected, rtol=1e-5, atol=1e-5)


def test_accumulated_rewards_start_for_each_trajectory():
    ones = tf.ones((2, 3))
    with pytest.raises(ValueError, match="`start`"):
        returns.accumulated_rewards(ones, ones, tf.zeros(3))


def test_a_length_known_in_the_graph_alone():
    spec = tf.TensorSpec((None, None))
    function = tf.function(returns.discounted_returns, input_signature=[spec, spec])
    data = trajectories((3, 7))
    rewards, discounts = (
        tf.constant(data[name], "float32") for name in ("rewards", "discounts")
    )
    expected = returns.discounted_returns(rewards, discounts)
    np.testing.assert_allclose(function(rewards, discounts), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["discounts", "values", "next_values", "truncated"])
@pytest.mark.parametrize("shape", [(3, 2), (2,), (2, 3, 1), (1, 3)])
def test_shapes_that_differ_are_refused(name, shape):
    data = {other: tf.zeros((2, 3)) for other in trajectories((1, 1))}
    data[name] = tf.zeros(shape)
    message = f"Expected `{name}` of the shape of `rewards`"
    with pytest.raises(ValueError, match=message) as error:
        returns.generalized_advantage_estimate(**data)
    assert f"(2, 3). Received: {shape}" in str(error.value)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 1)])
def test_rewards_without_batch_and_time_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(batch, time\)") as error:
        returns.discounted_returns(tf.zeros(shape), tf.zeros(shape))
    assert f"Received: {shape}" in str(error.value)


@pytest.mark.parametrize("lambda_", [-0.1, 1.01, "0.9", None])
def test_lambda_out_of_range(lambda_):
    zeros = tf.zeros((1, 2))
    message = r"`lambda_` must be a number in \[0, 1\]"
    with pytest.raises(ValueError, match=message):
        returns.lambda_returns(zeros, zeros, zeros, lambda_)
    with pytest.raises(ValueError, match=message):
        returns.generalized_advantage_estimate(zeros, zeros, zeros, zeros, lambda_)


@pytest.mark.parametrize("num_steps", [0, 1.5, None])
def test_number_of_steps_out_of_range(num_steps):
    zeros = tf.zeros((1, 2))
    with pytest.raises(ValueError, match="`num_steps` must be an integer of at least"):
        returns.n_step_returns(zeros, zeros, zeros, num_steps)


def test_examples_in_docstrings_run():
    result = doctest.testmod(returns)
    assert result.attempted > 0 and result.failed == 0


@pytest.mark.parametrize(
    ("reward_bounds", "gamma", "num_steps"),
    [((-1.0, 2.0), 0.5, 3), ((0.5, 1.0), 0.9, 4), ((-2.0, -1.0), 1.0, 3)],
)
def test_bounds_are_the_returns_of_extreme_episodes(reward_bounds, gamma, num_steps):
    """Of episodes of every length, with the lowest or the highest rewards."""
    possible = [
        sum(reward * gamma**step for step in range(length))
        for reward in reward_bounds
        for length in range(1, num_steps + 1)
    ]
    bounds = returns.return_bounds(reward_bounds, gamma, num_steps)
    np.testing.assert_allclose(bounds, (min(possible), max(possible)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1.0, 0.0), 0.9), "finite `reward_bounds`"),
        (((0.0, np.inf), 0.9), "Received: .*inf"),
        (((0.0, 1.0), 1.0), "gamma=1.0, num_steps=None"),
        (((0.0, 1.0), 1.1, 2), r"`gamma` in \[0, 1\]"),
        (((0.0, 1.0), 0.9, 0), "`num_steps` >= 1. Received: num_steps=0"),
    ],
)
def test_bad_bounds(arguments, message):
    with pytest.raises(ValueError, match=message):
        returns.return_bounds(*arguments)
