import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.experience import Transition
from keras_rlgen.rewards.reward import Reward, as_reward
from tests.rewards.transitions import REWARDS, STEPS, transitions

SAMPLES = np.array([[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0]], "float32")


@keras.saving.register_keras_serializable("test_reward")
class FirstElement(Reward):
    def call(self, samples, training=None):
        return samples[:, 0]


def total(samples):
    return tf.reduce_sum(samples, axis=-1)


FIRST, TOTAL = np.array([1.0, -3.0, 0.0]), np.array([3.0, -2.5, 4.0])


def expressions():
    """Rewards by the operators of Python, and what each should give."""
    first = FirstElement()
    return {
        "weighted": (0.7 * first + 0.3 * as_reward(total), 0.7 * FIRST + 0.3 * TOTAL),
        "weight to the right": (first * 2, 2.0 * FIRST),
        "function to the right": (first + total, FIRST + TOTAL),
        "function to the left": (total + first, TOTAL + FIRST),
        "less a function": (first - total, FIRST - TOTAL),
        "function less": (total - first, TOTAL - FIRST),
        "number less": (2.0 - first, 2.0 - FIRST),
        "less a number": (first - 2, FIRST - 2.0),
        "negation": (-first, -FIRST),
        "product": (first * as_reward(total), FIRST * TOTAL),
        "product with a function": (total * first, FIRST * TOTAL),
        "sum of a list": (sum([first, as_reward(total)]), FIRST + TOTAL),
        "nested": (2 * (first + 1.0) * (first - total), None),
    }


@pytest.mark.parametrize("jit_compile", [False, True])
def test_operators(jit_compile):
    composed = expressions()

    @tf.function(jit_compile=jit_compile)
    def values(samples):
        return {name: reward(samples) for name, (reward, _) in composed.items()}

    for name, value in values(tf.constant(SAMPLES)).items():
        expected = composed[name][1]
        if name == "nested":
            expected = 2.0 * (FIRST + 1.0) * (FIRST - TOTAL)
        assert value.shape == (3,) and value.dtype == tf.float32, name
        np.testing.assert_allclose(value, expected, rtol=1e-6, err_msg=name)


def test_terms_of_a_single_reward():
    value, terms = FirstElement().terms(tf.constant(SAMPLES))
    np.testing.assert_array_equal(value, FIRST)
    assert list(terms) == ["first_element"]
    np.testing.assert_array_equal(terms["first_element"], FIRST)


def test_name_is_that_of_the_class_unless_given():
    assert FirstElement().name == FirstElement().name == "first_element"
    assert FirstElement(name="left").name == "left"
    assert rewards.ClassifierConfidence(None).name == "classifier_confidence"


def test_rewards_are_float32():
    value, _ = as_reward(lambda s: tf.argmax(s, axis=-1)).terms(tf.constant(SAMPLES))
    assert value.dtype == tf.float32
    np.testing.assert_array_equal(value, [1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda s: s, (3, 2)),
        (lambda s: tf.reduce_sum(s, axis=-1, keepdims=True), (3, 1)),
        (tf.reduce_sum, ()),
        (lambda s: total(s)[:2], (2,)),
    ],
)
def test_rewards_of_another_shape_are_refused(function, shape):
    reward = rewards.FunctionReward(function, name="mine")
    with pytest.raises(ValueError) as error:
        reward.terms(tf.constant(SAMPLES))
    assert "Reward 'mine' expected to return shape (batch,) = (3,)" in str(error.value)
    assert f"samples of shape (3, 2). Received: {shape}. Reduce" in str(error.value)


def test_a_batch_of_unknown_size():
    reward = FirstElement() + total

    @tf.function(input_signature=[tf.TensorSpec((None, 2))])
    def value(samples):
        return reward.terms(samples)[0]

    np.testing.assert_allclose(value(tf.constant(SAMPLES)), FIRST + TOTAL)


def test_what_becomes_a_reward():
    first = FirstElement()
    assert as_reward(first) is first
    assert type(as_reward(3)) is rewards.Constant and as_reward(3).value == 3.0
    assert type(as_reward(total)) is rewards.FunctionReward


@pytest.mark.parametrize("value", ["total", None, [1.0]])
def test_what_does_not(value):
    with pytest.raises(TypeError, match="a reward, a number or a function") as error:
        as_reward(value)
    assert f"Received: {value!r} of type {type(value).__name__}" in str(error.value)


def test_config_round_trip():
    config = keras.saving.serialize_keras_object(FirstElement(name="left"))
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is FirstElement and restored.name == "left"


# Samples that are a nest of tensors


class Spy(Reward):
    """Keeps what `call` gets."""

    def call(self, samples, condition=None, training=None):
        self.seen = samples, condition, training
        return tf.zeros((rewards.batch_size(samples),))


@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_a_transition_stays_as_it_is(jit_compile):
    reward, given = Spy(), transitions()
    function = reward.terms
    if jit_compile is not None:
        function = tf.function(function, jit_compile=jit_compile)
    value, _ = function(given, training=True)
    seen, condition, training = reward.seen
    assert value.shape == (3,) and condition is None and training is True
    assert type(seen) is Transition
    tf.nest.assert_same_structure(seen, given)
    for part, was in zip(tf.nest.flatten(seen), tf.nest.flatten(given), strict=True):
        assert part.dtype == was.dtype and part.shape == was.shape
    if jit_compile is None:
        assert seen.observation["position"] is given.observation["position"]


def environment_steps(transition):
    return tf.cast(transition.observation["steps"], tf.float32)


def test_arithmetic_of_transitions_in_numpy():
    """Every wrapper and control, as it is."""
    steps = rewards.FunctionReward(environment_steps)
    reward = (
        rewards.Environment()
        - 0.5 * steps
        + rewards.Clipped(steps, 1.5, 2.5) * rewards.Environment()
        + rewards.Shuffled(rewards.Normalized(steps), seed=0) * 0.0
        + rewards.UniformRandom(seed=0) * 0.0
        + 3.0
    )
    expected = REWARDS - 0.5 * STEPS + np.clip(STEPS, 1.5, 2.5) * REWARDS + 3.0
    for jit_compile in (False, True):
        terms = tf.function(reward.terms, jit_compile=jit_compile)
        value, parts = terms(transitions(), training=True)
        np.testing.assert_allclose(value, expected, rtol=1e-6)
        np.testing.assert_array_equal(parts["environment"], REWARDS)
        np.testing.assert_array_equal(parts["environment_steps"], STEPS)


def test_an_unknown_number_of_transitions():
    reward = rewards.Environment() + rewards.Constant(1.0) + rewards.UniformRandom(0)
    specs = tf.nest.map_structure(
        lambda x: tf.TensorSpec([None, *x.shape[1:]], x.dtype), transitions()
    )
    value, parts = tf.function(reward.terms, input_signature=[specs])(transitions())
    expected = REWARDS + 1.0 + parts["uniform_random"]
    np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_a_reward_of_transitions_of_another_shape_is_refused():
    reward = rewards.FunctionReward(lambda t: t.observation["position"], name="mine")
    with pytest.raises(ValueError, match=r"'mine' expected .*= \(3,\)") as error:
        reward.terms(transitions())
    assert "Received: (3, 2)" in str(error.value)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "uint8"])
def test_single_tensors_of_floats_are_cast(dtype):
    reward, expected = Spy(), "float32" if dtype.startswith("f") else dtype
    for samples in (np.ones((2, 1), dtype), tf.ones((2, 1), dtype)):
        reward(samples, samples)
        assert reward.seen[0].dtype == reward.seen[1].dtype == expected
        reward({"only": samples})
        assert reward.seen[0]["only"].dtype == dtype


# Conditions and subclasses


class TakesTraining(Reward):
    """As rewards were written before there were conditions."""

    def call(self, samples, training=None):
        return samples[:, 0] + (1.0 if training else 0.0)


class TakesSamples(Reward):
    def call(self, samples):
        return samples[:, 0]


@pytest.mark.parametrize(("make", "added"), [(TakesTraining, 1.0), (TakesSamples, 0.0)])
def test_subclasses_that_take_no_condition_work(make, added):
    reward, labels = make(), tf.constant([0, 1, 2])
    np.testing.assert_array_equal(reward(SAMPLES, labels), FIRST)
    for composed in (reward, 1.0 * reward + rewards.Constant(0.0)):
        value, _ = composed.terms(tf.constant(SAMPLES), labels, training=True)
        np.testing.assert_array_equal(value, FIRST + added)


def test_the_condition_is_handed_over_to_what_takes_it():
    reward, labels = Spy(), tf.constant([0, 1, 2])
    reward.terms(SAMPLES, labels)
    assert reward.seen[1] is labels
    reward(tf.constant(SAMPLES), condition=labels, training=False)
    assert reward.seen[1:] == (labels, False)


class Weighted(Reward):
    def build(self, samples_shape):
        self.weight = self.add_weight(shape=(), name="weight")

    def call(self, samples, training=None):
        return self.weight * samples[:, 0]


class Learner(FirstElement):
    def learn(self, transitions):
        pass


def test_what_keeps_state():
    assert not FirstElement().keeps_state and Learner().keeps_state
    weighted = Weighted()
    weighted(SAMPLES)
    assert weighted.keeps_state
    assert FirstElement().learn(transitions()) is None
