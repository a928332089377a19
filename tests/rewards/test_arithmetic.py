import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards.arithmetic import Composite, Wrapper

SAMPLES = tf.constant([[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0]])


@keras.saving.register_keras_serializable("test_arithmetic")
def first(samples):
    return samples[:, 0]


@keras.saving.register_keras_serializable("test_arithmetic")
def second(samples):
    return samples[:, 1]


def round_trip(reward):
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is type(reward)
    assert restored.get_config() == reward.get_config()
    return restored


def test_sum_and_product_by_hand():
    np.testing.assert_array_equal(
        rewards.Sum([first, second, 1])(SAMPLES), [4, -1.5, 5]
    )
    np.testing.assert_array_equal(
        rewards.Product([first, second, -2])(SAMPLES), [-4, 3, 0]
    )


def test_scaled_by_hand():
    scaled = rewards.Scaled(first, -0.5)
    value, terms = scaled.terms(SAMPLES)
    np.testing.assert_array_equal(value, [-0.5, 1.5, 0.0])
    np.testing.assert_array_equal(scaled(SAMPLES), value)
    # Terms are logged without their weights.
    np.testing.assert_array_equal(terms["first"], [1.0, -3.0, 0.0])


def test_sums_of_sums_are_one_sum():
    reward = rewards.Sum([first, rewards.Sum([second, 1.0])])
    names = [part.name for part in reward.rewards]
    assert names == ["first", "second", "constant"]
    product = rewards.Product([reward, second])
    assert [type(part) for part in product.rewards] == [
        rewards.Sum,
        rewards.FunctionReward,
    ]


def test_terms_of_one_name_are_told_apart():
    reward = rewards.Sum([first, first])
    value, terms = (reward + second + 2.0 * rewards.Sum([first])).terms(SAMPLES)
    assert list(terms) == ["first", "first_2", "second", "first_3"]
    np.testing.assert_array_equal(terms["second"], SAMPLES[:, 1])
    np.testing.assert_allclose(value, 4.0 * SAMPLES[:, 0] + SAMPLES[:, 1])


def test_the_discriminator_reaches_every_part():
    reward = rewards.Clipped(
        2.0 * rewards.Discriminator("logit") * rewards.Constant(3.0) + 1.0, -1e3, 1e3
    )
    seen = []

    def judge(samples, condition=None, training=None):
        seen.append((condition, training))
        return samples[:, 0]

    reward.bind(judge)
    np.testing.assert_allclose(
        reward(SAMPLES, training=True), 6.0 * SAMPLES[:, 0] + 1.0
    )
    assert seen == [(None, True)]


class Learner(rewards.Reward):
    """Counts how often it learns, and of what."""

    def __init__(self):
        super().__init__()
        self.learned = []

    def call(self, samples, condition=None, training=None):
        return samples[:, 0]

    def learn(self, transitions):
        self.learned.append(transitions)


class LearningWrapper(Wrapper):
    """Learns itself, and lets what it wraps learn."""

    def __init__(self, reward):
        super().__init__(reward)
        self.learned = []

    def change(self, value, training):
        return value

    def learn(self, transitions):
        self.learned.append(transitions)
        super().learn(transitions)


def test_each_part_learns_once():
    one, other = Learner(), Learner()
    outer = LearningWrapper(other)
    reward = one + rewards.Normalized(one * first) - 2.0 * rewards.Sum([one, outer])
    reward = rewards.Clipped(reward + outer, -1.0, 1.0)
    reward.learn("transitions")
    for learner in (one, other, outer):
        assert learner.learned == ["transitions"]
    one.learn("more")
    assert len(one.learned) == 2


def test_whether_state_is_kept_is_that_of_any_part():
    plain = rewards.Sum([first, 1.0]) * rewards.Shuffled(second, 0)
    assert not plain.keeps_state and not rewards.FunctionReward(first).keeps_state
    for part in (
        Learner(),
        rewards.Normalized(first),
        rewards.DiversityFilter(first, radius=0.0),
    ):
        assert part.keeps_state and (plain + 2.0 * part).keeps_state
        assert rewards.Clipped(part, 0.0, 1.0).keeps_state


@keras.saving.register_keras_serializable("test_arithmetic")
def of_class(samples, labels):
    return tf.gather(samples, labels, batch_dims=1)


def test_the_condition_reaches_every_part():
    labels = tf.constant([1, 0, 1])
    reward = rewards.Clipped(2.0 * rewards.FunctionReward(of_class), -5.0, 5.0)
    reward = rewards.Shuffled(reward * 3.0, seed=0) * 0.0 + reward * of_class + first
    value, terms = reward.terms(SAMPLES, labels, training=True)
    chosen = np.array([2.0, -3.0, 4.0])
    np.testing.assert_array_equal(terms["of_class"], chosen)
    expected = np.clip(2.0 * chosen, -5.0, 5.0) * chosen + [1.0, -3.0, 0.0]
    np.testing.assert_allclose(value, expected)
    np.testing.assert_allclose(reward(SAMPLES, labels), expected)


def test_the_training_flag_reaches_every_part():
    normalized = rewards.Normalized(first)
    reward = 0.5 * (normalized * rewards.Constant(2.0)) + second
    reward(SAMPLES, training=False)
    assert float(normalized.statistics.weight) == 0.0
    reward(SAMPLES, training=True)
    assert float(normalized.statistics.weight) == pytest.approx(0.01)


def test_statistics_of_parts_are_weights_of_the_whole():
    reward = 0.5 * rewards.Normalized(first) + rewards.Normalized(second)
    count = len(rewards.Normalized(first).weights)
    assert len(reward.weights) == 2 * count > 0 and reward.trainable_weights == []


def test_config_round_trip():
    reward = rewards.Sum(
        [rewards.Scaled(first, 0.25, name="quarter"), second], name="both"
    )
    restored = round_trip(rewards.Product([reward, 3.0], name="all"))
    assert restored.name == "all" and restored.rewards[0].name == "both"
    assert restored.rewards[0].rewards[0].factor == 0.25
    np.testing.assert_allclose(
        restored(SAMPLES), 3.0 * (0.25 * SAMPLES[:, 0] + SAMPLES[:, 1])
    )


def test_bases_have_no_arithmetic():
    with pytest.raises(NotImplementedError):
        Wrapper(first)(SAMPLES)
    with pytest.raises(NotImplementedError):
        Composite([first])(SAMPLES)
