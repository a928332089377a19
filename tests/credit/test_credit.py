import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.credit import (
    Critic,
    GeneratedSequences,
    PerStep,
    Rollout,
    get,
    leave_one_out_by_step,
    step_baseline,
)

VALID = np.array([[True, True, True], [True, True, False]])
REWARDS = np.float32([2.0, -1.0])


def sequences(**parts):
    tokens = np.int32([[1, 2, 1], [2, 0, 0]])
    before = np.int32([[3, 1, 2], [3, 2, 0]])
    fields = {"rewards": tf.constant(REWARDS), "previous_tokens": before, **parts}
    return GeneratedSequences(tokens, tf.constant(VALID), **fields)


def test_examples():
    names = {"tf": tf, "leave_one_out_by_step": leave_one_out_by_step}
    assert doctest.testmod(step_baseline, extraglobs=names).failed == 0


def test_rollouts_minus_the_mean_of_the_others():
    values = np.float32([[1.0, 2.0, 3.0], [5.0, 7.0, 9.0]])
    asked = []

    def rollout_values(count):
        asked.append(count)
        return tf.constant(values)

    given = sequences(rollout_values=rollout_values)
    advantages = Rollout(5).advantages(given)
    # In the last step the other sequence has ended.
    np.testing.assert_allclose(advantages[0], [1.0 - 5.0, 2.0 - 7.0, 3.0])
    np.testing.assert_allclose(advantages[1, :2], [5.0 - 1.0, 7.0 - 2.0])
    plain = Rollout(2, baseline="none").advantages(given)
    np.testing.assert_array_equal(plain, values)
    assert asked == [5, 2]


def test_returns_of_steps_equal_slow_numpy():
    logits = np.float32([[0.5, -1.0, 2.0], [1.0, 0.2, 9.0]])
    rewards = 2.0 / (1.0 + np.exp(-logits)) - 1.0
    expected = np.zeros((2, 3))
    for row, last in enumerate([2, 1]):
        total = 0.0
        for step in range(last, -1, -1):
            total = rewards[row, step] + 0.5 * total
            if step == last:
                total += REWARDS[row]
            expected[row, step] = total
    credit = PerStep(discount=0.5, decay=0.75)
    given = sequences(step_logits=tf.constant(logits))
    np.testing.assert_allclose(credit.returns(given), expected, rtol=1e-5)
    np.testing.assert_allclose(credit.advantages(given), expected, rtol=1e-5)
    # The baseline begins with the first mean, and moves on from there.
    mean = expected[VALID].mean()
    credit.learn(given)
    np.testing.assert_allclose(credit.average, mean, rtol=1e-5)
    np.testing.assert_allclose(credit.advantages(given), expected - mean, rtol=1e-4)
    credit.learn(sequences(step_logits=tf.constant(logits), rewards=REWARDS + 4.0))
    returns = expected + np.float32([[1.0, 2.0, 4.0], [2.0, 4.0, 0.0]])
    expected_average = 0.75 * mean + 0.25 * returns[VALID].mean()
    np.testing.assert_allclose(credit.average, expected_average, rtol=1e-5)


def test_advantages_of_a_critic_equal_slow_numpy():
    credit = Critic(lambda_=0.6)
    given = sequences()
    credit.prepare(given, num_tokens=4)
    values = credit.network(given.previous_tokens).numpy()[..., 0]
    expected = np.zeros((2, 3))
    for row, last in enumerate([2, 1]):
        advantage = 0.0
        for step in range(last, -1, -1):
            following = REWARDS[row] if step == last else values[row, step + 1]
            advantage = following - values[row, step] + 0.6 * advantage
            expected[row, step] = advantage
    np.testing.assert_allclose(
        credit.advantages(given).numpy()[VALID], expected[VALID], rtol=1e-4, atol=1e-6
    )


def test_a_critic_learns_the_reward_that_follows():
    keras.utils.set_random_seed(0)
    credit = Critic(optimizer=keras.optimizers.Adam(3e-2))
    given = sequences()
    credit.prepare(given, num_tokens=4)
    learn = tf.function(lambda: credit.learn(given))
    for _ in range(150):
        learn()
    # The first values cannot tell the sequences apart.
    values = credit.network(given.previous_tokens).numpy()[..., 0]
    np.testing.assert_allclose(values[:, 0], [0.5, 0.5], atol=0.1)
    np.testing.assert_allclose(values[0, 1:], [2.0, 2.0], atol=0.3)
    np.testing.assert_allclose(values[1, 1], -1.0, atol=0.3)


@pytest.mark.parametrize(
    "credit",
    [
        Rollout(3, lag=0.5, baseline="none", name="rollout"),
        PerStep(discount=0.5, decay=0.5),
        Critic(
            keras.Sequential(
                [
                    keras.Input((3,), dtype="int32"),
                    keras.layers.Embedding(4, 2),
                    keras.layers.Dense(1),
                ]
            ),
            lambda_=0.5,
            optimizer=keras.optimizers.SGD(0.5),
        ),
    ],
)
def test_configuration_round_trip(credit):
    config = keras.saving.serialize_keras_object(credit)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == credit.get_config()


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match="`num_rollouts` to be a positive integer"):
        Rollout(0)
    with pytest.raises(ValueError, match=r"`lag` in \[0, 1\)"):
        Rollout(lag=1.0)
    with pytest.raises(ValueError, match="'rloo' or 'none'"):
        Rollout(baseline="critic")
    with pytest.raises(ValueError, match=r"`discount` in \[0, 1\]"):
        PerStep(discount=1.5)
    with pytest.raises(ValueError, match=r"`decay` in \[0, 1\)"):
        PerStep(decay=1.0)
    with pytest.raises(ValueError, match=r"`lambda_` in \[0, 1\]"):
        Critic(lambda_=-0.1)
    network = keras.Sequential(
        [keras.Input((3,)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    with pytest.raises(ValueError, match=r"one value for each step.*\(2, 3\)"):
        Critic(network).prepare(sequences(), num_tokens=4)


def test_names():
    classes = {"rollout": Rollout, "critic": Critic, "per_step": PerStep}
    for name, kind in classes.items():
        assert type(get(name)) is kind
    assert type(get(None)) is Rollout
