import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards

OUTPUTS = np.random.default_rng(0).normal(scale=2.0, size=(4, 3))
LOG_PROBS = OUTPUTS - np.log(np.exp(OUTPUTS).sum(axis=1, keepdims=True))


def passing(activation=None):
    """A classifier whose logits are its input."""
    classifier = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(3, activation=activation)]
    )
    classifier.set_weights([np.eye(3), np.zeros(3)])
    return classifier


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("label", "expected"), [(None, LOG_PROBS.max(axis=1)), (0, LOG_PROBS[:, 0])]
)
@pytest.mark.parametrize("from_logits", [True, False])
def test_log_probabilities(from_logits, label, expected, jit_compile):
    classifier = passing(None if from_logits else "softmax")
    reward = rewards.ClassifierConfidence(classifier, label, from_logits)
    function = tf.function(reward, jit_compile=jit_compile)
    value = function(tf.constant(OUTPUTS, tf.float32))
    assert value.shape == (4,) and value.dtype == tf.float32
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


def test_a_probability_of_zero_is_finite():
    reward = rewards.ClassifierConfidence(passing("softmax"), 0, from_logits=False)
    (value,) = reward(tf.constant([[-1e4, 0.0, 0.0]]))
    assert float(value) == pytest.approx(np.log(keras.config.epsilon()))


def test_the_classifier_only_infers():
    classifier = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dropout(0.9, seed=0)]
    )
    value = rewards.ClassifierConfidence(classifier)(
        tf.constant(OUTPUTS, tf.float32), training=True
    )
    np.testing.assert_allclose(value, LOG_PROBS.max(axis=1), rtol=1e-4)


def test_config_round_trip():
    reward = rewards.ClassifierConfidence(
        passing("softmax"), label=2, from_logits=False, name="two"
    )
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.ClassifierConfidence
    assert (restored.label, restored.from_logits, restored.name) == (2, False, "two")
    restored.set_weights(reward.get_weights())
    samples = tf.constant(OUTPUTS, tf.float32)
    np.testing.assert_allclose(restored(samples), LOG_PROBS[:, 2], rtol=1e-4)


def test_outputs_of_another_rank_are_refused():
    classifier = keras.Sequential([keras.layers.Input((2, 3)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"\(batch, num_classes\)") as error:
        rewards.ClassifierConfidence(classifier, name="sure")(tf.zeros((4, 2, 3)))
    assert "Reward 'sure'" in str(error.value)
    assert "Received: (4, 2, 3)" in str(error.value)


@pytest.mark.parametrize("label", [3, -1])
def test_a_label_that_is_no_class_is_refused(label):
    reward = rewards.ClassifierConfidence(passing(), label)
    with pytest.raises(ValueError, match=r"`label` in \[0, 3\)") as error:
        reward(tf.zeros((2, 3)))
    assert f"Received: label={label}" in str(error.value)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_the_class_of_the_condition(shape, dtype, jit_compile):
    labels = np.array([2, 0, 1, 2])
    reward = 2.0 * rewards.ClassifierConfidence(passing(), "condition")
    function = tf.function(reward, jit_compile=jit_compile)
    value = function(
        tf.constant(OUTPUTS, tf.float32), tf.constant(labels.reshape(shape), dtype)
    )
    np.testing.assert_allclose(
        value, 2.0 * LOG_PROBS[np.arange(4), labels], rtol=1e-4, atol=1e-5
    )


def test_its_gradient_raises_the_probability_of_that_class():
    samples = tf.constant(OUTPUTS, tf.float32)
    labels = np.array([2, 0, 1, 2])
    with tf.GradientTape() as tape:
        tape.watch(samples)
        value = rewards.ClassifierConfidence(passing(), "condition")(samples, labels)
    # One-hot minus softmax.
    expected = np.eye(3)[labels] - np.exp(LOG_PROBS)
    np.testing.assert_allclose(
        tape.gradient(value, samples), expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("condition", "received"),
    [
        (None, "None"),
        (np.zeros(2, "float32"), r"float32 of shape \(2,\)"),
        (np.zeros((2, 3), "int32"), r"int32 of shape \(2, 3\)"),
        ({"label": np.zeros(2, "int32")}, "dict"),
    ],
)
def test_a_condition_that_is_no_class_is_refused(condition, received):
    reward = rewards.ClassifierConfidence(passing(), "condition", name="sure")
    with pytest.raises(ValueError, match=f"'sure' .*Received: {received}. Compile a"):
        reward(tf.zeros((2, 3)), condition)


def test_the_label_of_the_condition_is_kept_in_the_config():
    reward = rewards.ClassifierConfidence(passing(), "condition")
    config = keras.saving.serialize_keras_object(reward)
    assert keras.saving.deserialize_keras_object(config).label == "condition"
    with pytest.raises(ValueError, match="Received: 1.5"):
        rewards.ClassifierConfidence(passing(), label=1.5)
    with pytest.raises(ValueError, match="None or 'condition'. Received: 'three'"):
        rewards.ClassifierConfidence(passing(), "three")
