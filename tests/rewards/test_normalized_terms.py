import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rewards import FunctionReward, NormalizedTerms, normalized_terms

SAMPLES = np.random.default_rng(0).normal(3.0, [1.0, 50.0, 0.0], (6, 3))
SAMPLES = SAMPLES.astype("float32")


@keras.saving.register_keras_serializable("test_normalized_terms")
def small(samples):
    return samples[:, 0]


@keras.saving.register_keras_serializable("test_normalized_terms")
def large(samples):
    return samples[:, 1]


@keras.saving.register_keras_serializable("test_normalized_terms")
def constant(samples):
    return samples[:, 2]


def weighted(**arguments):
    total = 0.5 * FunctionReward(small) - 2.0 * FunctionReward(large)
    return NormalizedTerms(total + FunctionReward(constant), epsilon=0.01, **arguments)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_terms_of_groups_in_numpy(jit_compile):
    reward = weighted(group_size=3)

    @tf.function(jit_compile=jit_compile)
    def train(samples):
        return reward.terms(samples, training=True)

    value, terms = train(tf.constant(SAMPLES))
    expected = np.zeros(6)
    for start in (0, 3):
        group = SAMPLES[start : start + 3]
        scores = (group - group.mean(axis=0)) / (group.std(axis=0) + 0.01)
        expected[start : start + 3] = 0.5 * scores[:, 0] - 2.0 * scores[:, 1]
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)
    assert list(terms) == ["small", "large", "constant"]
    np.testing.assert_array_equal(terms["large"], SAMPLES[:, 1])


def test_groups_are_for_training_alone():
    plain = 0.5 * SAMPLES[:, 0] - 2.0 * SAMPLES[:, 1] + SAMPLES[:, 2]
    value = weighted(group_size=4)(SAMPLES, training=False)
    np.testing.assert_allclose(value, plain, rtol=1e-5)


def test_running_statistics_are_those_of_normalized():
    reward = weighted(momentum=0.5)
    parts = [
        (factor, rewards.Normalized(function, 0.5, 0.01))
        for factor, function in ((0.5, small), (-2.0, large), (1.0, constant))
    ]
    for batch, training in ((SAMPLES, True), (SAMPLES[:4], True), (SAMPLES, False)):
        value = reward(batch, training=training)
        expected = sum(f * part(batch, training=training) for f, part in parts)
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-4)
    assert reward.keeps_state and not weighted(group_size=2).keeps_state


def test_config_round_trip():
    reward = weighted(group_size=3, momentum=0.9, name="terms")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == reward.get_config()
    assert (restored.group_size, restored.momentum) == (3, 0.9)
    value = restored(SAMPLES, training=True)
    np.testing.assert_allclose(value, reward(SAMPLES, training=True))


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="Expected a sum of rewards"):
        NormalizedTerms(small)
    with pytest.raises(ValueError, match="`group_size` to be an integer of at least 2"):
        weighted(group_size=1)
    with pytest.raises(ValueError, match="a multiple of 4.*Received: 6"):
        weighted(group_size=4)(SAMPLES, training=True)


def test_examples_in_docstrings_run():
    globs = {"tf": tf, "FunctionReward": FunctionReward}
    result = doctest.testmod(normalized_terms, extraglobs=globs)
    assert result.attempted > 0 and result.failed == 0
