import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses, rewards
from keras_rlgen.experience import Transition

LOGITS = np.array([-3.0, -0.1, 0.0, 0.2, 5.0])
D = 1.0 / (1.0 + np.exp(-LOGITS))
KINDS = {
    "score": D,
    "log_score": np.log(D),
    "softplus": -np.log(1.0 - D),
    "logit": LOGITS,
    "error": np.array([0.0, 0.0, 0.0, 1.0, 1.0]),
}


def network():
    """A discriminator whose logit is twice the sample's only element, less one."""
    inner = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    inner.set_weights([np.array([[2.0]]), np.array([-1.0])])
    return inner


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kinds(kind, jit_compile):
    reward = rewards.Discriminator(kind)
    reward.bind(lambda samples, condition, training: samples[:, 0])
    function = tf.function(reward, jit_compile=jit_compile)
    value = function(tf.constant(LOGITS[:, np.newaxis], tf.float32))
    assert value.shape == (5,) and value.dtype == tf.float32
    np.testing.assert_allclose(value, KINDS[kind], rtol=1e-5, atol=1e-6)


def test_log_score_is_finite_for_a_sure_discriminator():
    reward = rewards.Discriminator("log_score", network())
    value = reward(tf.constant([[-1e4]]))
    np.testing.assert_allclose(value, [-20001.0])


def test_softplus_rises_by_the_probability_of_being_real():
    logits = tf.constant(LOGITS[:, np.newaxis], tf.float32)
    reward = rewards.Discriminator("softplus")
    reward.bind(lambda samples, condition, training: samples[:, 0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = reward(logits)
    np.testing.assert_allclose(tape.gradient(value, logits)[:, 0], D, rtol=1e-5)


def first(samples, condition=None, training=None):
    return samples[:, 0]


def second(samples, condition=None, training=None):
    return samples[:, 1]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda reward: reward,
        lambda reward: 0.5 * reward + rewards.Constant(),
        rewards.Normalized,
        rewards.Shuffled,
    ],
)
def test_it_judges_by_one_discriminator(wrap):
    reward = rewards.Discriminator("logit", name="realism")
    wrap(reward).bind(first)
    wrap(reward).bind(first)
    with pytest.raises(ValueError, match="'realism'.*reward for each model"):
        wrap(reward).bind(second)
    samples = tf.constant([[1.0, 5.0]])
    np.testing.assert_array_equal(reward(samples), [1.0])
    wrap(reward).bind(None)
    wrap(reward).bind(second)
    np.testing.assert_array_equal(reward(samples), [5.0])


def test_two_models_may_share_a_reward_with_its_own_discriminator():
    reward = rewards.Discriminator("logit", network())
    reward.bind(first)
    reward.bind(second)
    np.testing.assert_array_equal(reward(tf.constant([[2.0]])), [3.0])


@pytest.mark.parametrize("training", [True, False])
def test_a_bound_discriminator_is_told_the_condition_and_whether_it_trains(training):
    seen = []

    def judge(samples, condition, training):
        seen.append((condition.numpy().tolist(), training))
        return samples[:, 0]

    reward = rewards.Discriminator()
    reward.bind(judge)
    reward.terms(tf.zeros((2, 1)), tf.constant([3, 1]), training=training)
    assert seen == [([3, 1], training)]


def conditional():
    """A discriminator of samples and labels, whose logit is their product."""
    samples, labels = keras.Input((1,)), keras.Input((), dtype="int32")
    table = keras.layers.Embedding(3, 1, weights=[np.array([[2.0], [-1.0], [0.5]])])
    logits = keras.layers.Multiply()([samples, table(labels)])
    return keras.Model([samples, labels], logits)


def test_a_conditional_discriminator_of_its_own_gets_the_condition():
    reward = rewards.Discriminator("logit", conditional(), name="realism")
    samples, labels = tf.constant([[3.0], [5.0]]), tf.constant([1, 0])
    np.testing.assert_array_equal(reward(samples, labels), [-3.0, 10.0])
    value, _ = (1.0 + 2.0 * reward).terms(samples, labels)
    np.testing.assert_array_equal(value, [-5.0, 21.0])
    with pytest.raises(ValueError, match="'realism' .* two inputs, and expected"):
        reward(samples)


def test_transitions_are_refused_with_the_remedy():
    transition = Transition(*[tf.zeros((2, 1))] * 5)
    with pytest.raises(TypeError, match=r"'realism' .*Wrap the reward, `rewards.State"):
        rewards.Discriminator(discriminator=network(), name="realism")(transition)
    value = rewards.State(rewards.Discriminator("logit", network()))(transition)
    np.testing.assert_array_equal(value, [-1.0, -1.0])


# What a discriminator can tell, by the loss that it is trained by


class Shifted(losses.AdversarialLoss):
    boundary = -0.1


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (None, [0, 0, 0, 1, 1]),
        (losses.NonSaturating(), [0, 0, 0, 1, 1]),
        (losses.Hinge(), [0, 0, 0, 1, 1]),
        # Its targets are 0 and 1.
        (losses.LeastSquares(), [0, 0, 0, 0, 1]),
        (Shifted(), [0, 0, 1, 1, 1]),
    ],
)
def test_an_error_is_beyond_the_boundary_of_the_loss(loss, expected):
    reward = rewards.Discriminator("error")
    reward.bind(first, loss)
    logits = tf.constant(LOGITS[:, np.newaxis], tf.float32)
    np.testing.assert_array_equal(reward(logits), expected)


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        *((kind, losses.Wasserstein()) for kind in KINDS if kind != "logit"),
        *((kind, losses.LeastSquares()) for kind in ("score", "log_score", "softplus")),
    ],
)
def test_kinds_that_mean_nothing_by_the_loss_are_refused(kind, loss):
    reward = 0.5 * rewards.Discriminator(kind, name="realism") + 1.0
    with pytest.raises(ValueError, match=f"'realism' is of kind '{kind}'") as error:
        reward.bind(first, loss)
    assert f"`{type(loss).__name__}`" in str(error.value)
    assert "Use `rewards.Discriminator('logit')`" in str(error.value)
    # One with a discriminator of its own has nothing to do with that loss.
    rewards.Discriminator(kind, network()).bind(first, loss)


@pytest.mark.parametrize("loss", [losses.Wasserstein(), losses.LeastSquares()])
def test_the_logit_is_handed_out_whatever_the_loss(loss):
    reward = rewards.Discriminator("logit")
    reward.bind(first, loss)
    np.testing.assert_array_equal(reward(tf.constant([[0.25], [-2.0]])), [0.25, -2.0])


def test_a_discriminator_of_its_own_only_infers():
    own = keras.Sequential(
        [
            keras.layers.Input((1,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    before = own.get_weights()
    reward = rewards.Discriminator("logit", own)
    reward.bind(lambda samples, condition, training: 1.0 / 0.0)
    samples = tf.constant([[1.0], [5.0]])
    value, terms = reward.terms(samples, training=True)
    np.testing.assert_allclose(value, own(samples, training=False)[:, 0])
    assert list(terms) == ["discriminator"]
    for weight, was in zip(own.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, was)


def test_config_round_trip():
    reward = rewards.Discriminator("logit", network(), name="realism")
    config = keras.saving.serialize_keras_object(reward)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is rewards.Discriminator and restored.name == "realism"
    assert restored.kind == "logit"
    restored.set_weights(reward.get_weights())
    samples = tf.constant([[1.5], [-2.0]])
    np.testing.assert_allclose(restored(samples), [2.0, -5.0], rtol=1e-6)


def test_config_round_trip_without_a_discriminator():
    config = keras.saving.serialize_keras_object(rewards.Discriminator("error"))
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.kind == "error" and restored.discriminator is None


def test_unknown_kind():
    with pytest.raises(ValueError, match="Unknown kind of .* reward: 'scores'") as e:
        rewards.Discriminator("scores")
    assert "['error', 'log_score', 'logit', 'score', 'softplus']" in str(e.value)


def test_without_a_discriminator():
    with pytest.raises(ValueError, match="'realism' has no discriminator"):
        rewards.Discriminator(name="realism")(tf.zeros((2, 1)))


def test_a_discriminator_of_patches_is_refused():
    patches = keras.Sequential([keras.layers.Input((4, 4, 1)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"Received: \(2, 4, 4, 1\)"):
        rewards.Discriminator("score", patches).terms(tf.zeros((2, 4, 4, 1)))
