import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rewards.learned_novelty import LearnedNovelty


class Distance(LearnedNovelty):
    """The distance to the mean of the batches learned from; keeps what it got."""

    def __init__(self, *args, **kwargs):
        super().__init__((2,), *args, **kwargs)
        self.batches = []

    def surprise(self, inputs, training=False):
        return tf.reduce_sum(tf.abs(inputs), axis=1)

    def update(self, inputs, key):
        self.batches.append(inputs)


def test_updates_sample_from_what_the_agent_learns_from():
    reward = Distance(updates=3, batch_size=16, whiten=False, seed=0)
    x = tf.constant([[0.0, 1.0], [2.0, 3.0]])
    reward.learn(x)
    assert len(reward.batches) == 3
    for batch in reward.batches:
        assert set(batch[:, 0].numpy()) == {0.0, 2.0} and batch.shape == (16, 2)
    assert np.any(reward.batches[0] != reward.batches[1])
    whole = Distance(updates=1, batch_size=None, whiten=False)
    whole.learn(x)
    np.testing.assert_array_equal(whole.batches[0], x)
    none = Distance(updates=0, batch_size=None)
    none.learn(x)
    assert none.batches == [] and none.count == 2.0


def test_observations_are_standardised_and_clipped():
    reward = Distance(updates=1, batch_size=None)
    reward.learn(tf.constant([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_allclose(reward.batches[0], [[-1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(reward(tf.constant([[99.0, 5.0]])), [5.0])
    np.testing.assert_allclose(
        Distance(1, None, whiten=False)(tf.constant([[99.0, 5.0]])), [104.0]
    )


def test_only_training_updates_the_scale():
    reward = Distance(updates=1, batch_size=None, whiten=False)
    x = tf.constant([[1.0, 1.0], [3.0, 3.0]])
    np.testing.assert_array_equal(reward(x), [2.0, 6.0])
    np.testing.assert_allclose(reward(x, training=True), [1.0, 3.0], rtol=1e-3)
    np.testing.assert_allclose(reward(x), [1.0, 3.0], rtol=1e-3)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`updates` to be an integer of at least 0"):
        Distance(updates=-1, batch_size=None)
    with pytest.raises(ValueError, match="`batch_size` to be an integer of at least 1"):
        Distance(updates=1, batch_size=0)
