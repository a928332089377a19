import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.experience import ArraySpec, Experience, Transition
from keras_rlgen.rewards import Imitation
from keras_rlgen.rewards.expert_steps import ExpertSteps
from tests.networks import assert_same, differ, values

SPECS = types.SimpleNamespace(
    observation=ArraySpec((2,)), action=ArraySpec((), "int32", 0, 2)
)


def steps(count, center=0.0, action=0, seed=0, terminated=False):
    """A batch of transitions around a point, all with one action."""
    random = np.random.default_rng(seed)
    observation = random.normal(center, 0.1, (count, 2)).astype("float32")
    return Transition(
        observation=tf.constant(observation),
        action=tf.fill([count], np.int32(action)),
        reward=tf.zeros([count]),
        next_observation=tf.constant(observation),
        terminated=tf.fill([count], terminated),
    )


def experts(terminated=False):
    observation = steps(41, center=1.0).observation.numpy()
    return Experience(
        observations=observation,
        actions=np.full(40, 1, "int32"),
        rewards=np.zeros(40),
        lengths=[40],
        terminated=[terminated],
    )


def network(inputs=5, outputs=1):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.Dense(outputs),
        ]
    )


def imitation(**kwargs):
    options = {"optimizer": keras.optimizers.Adam(0.05), "updates": 4, "seed": 0}
    return Imitation(network(), experts(), SPECS, **{**options, **kwargs})


def logistic(reward, transitions):
    vectors = reward.experts(transitions)
    return reward.discriminator(vectors).numpy()[:, 0]


class TestExpertSteps:
    def test_units_are_of_both_and_fixed_once(self):
        expert_steps = ExpertSteps.from_experience(experts(), SPECS)
        others = steps(200, center=-3.0, action=2)
        raw = expert_steps.vectors.numpy()
        np.testing.assert_array_equal(raw[:, 2:], [[0.0, 1.0, 0.0]] * 40)
        expert_steps.fix_units(others)
        # A mixture of equal parts of both, of continuous numbers alone.
        x, y = raw[:, :2], others.observation.numpy()
        mean = (x.mean(0) + y.mean(0)) / 2
        square = (np.square(x).mean(0) + np.square(y).mean(0)) / 2
        np.testing.assert_allclose(expert_steps.mean[:2], mean, rtol=1e-4)
        np.testing.assert_allclose(
            expert_steps.deviation[:2], np.sqrt(square - mean**2), rtol=1e-4
        )
        np.testing.assert_array_equal(expert_steps.mean[2:], [0.0] * 3)
        np.testing.assert_array_equal(expert_steps.deviation[2:], [1.0] * 3)
        before = values(expert_steps)
        expert_steps.fix_units(steps(10, center=50.0))
        assert_same(values(expert_steps), before)
        np.testing.assert_allclose(
            expert_steps(others)[:, :2],
            (y - mean) / np.sqrt(square - mean**2),
            rtol=1e-3,
        )

    @pytest.mark.parametrize("jit_compile", [False, True])
    def test_samples_are_those_of_experts(self, jit_compile):
        expert_steps = ExpertSteps.from_experience(experts(), SPECS)
        sample = tf.function(expert_steps.sample, jit_compile=jit_compile)
        rows = sample(500, tf.constant([1, 2])).numpy()
        found = (rows[:, None] == expert_steps.vectors.numpy()[None]).all(-1)
        assert found.any(axis=1).all() and found.any(axis=0).mean() > 0.9

    def test_another_spec_is_refused(self):
        specs = types.SimpleNamespace(observation=ArraySpec((3,)), action=SPECS.action)
        with pytest.raises(ValueError, match="observations"):
            ExpertSteps.from_experience(experts(), specs)


@pytest.mark.parametrize(
    "kind, function",
    [
        ("softplus", lambda x: np.log1p(np.exp(x))),
        ("log_score", lambda x: -np.log1p(np.exp(-x))),
        ("logit", lambda x: x),
    ],
)
def test_kinds(kind, function):
    reward = imitation(kind=kind)
    transitions = steps(9)
    np.testing.assert_allclose(
        reward(transitions), function(logistic(reward, transitions)), rtol=1e-4
    )


def test_an_update_descends_cross_entropy_and_penalty():
    """All steps are alike, so that what is sampled makes no difference."""
    reward = imitation(updates=1, optimizer=keras.optimizers.SGD(0.1), batch_size=7)
    one = Transition(*(tf.repeat(x, 7, axis=0) for x in steps(1)))
    reward.experts.vectors.assign(tf.repeat(reward.experts.vectors[:1], 40, axis=0))
    reward.experts.fix_units(one)
    expert, agent = reward.experts.sample(7, (0, 0)), reward.experts(one)
    variables = reward.discriminator.trainable_variables
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(expert)
            logits = reward.discriminator(expert)
        slope = inner.gradient(logits, expert)
        loss = tf.reduce_mean(tf.math.softplus(-logits)) / 2
        loss += tf.reduce_mean(tf.math.softplus(reward.discriminator(agent))) / 2
        cross_entropy = float(loss)
        loss += 0.5 * tf.reduce_mean(tf.reduce_sum(slope**2, axis=-1))
    gradients = tape.gradient(loss, variables)
    expected = [v - 0.1 * g for v, g in zip(variables, gradients, strict=True)]
    reward.learn(one)
    for variable, value in zip(variables, expected, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-4, atol=1e-6)
    assert float(reward.loss_tracker.result()) == pytest.approx(cross_entropy, rel=1e-4)


@pytest.mark.parametrize("penalty", ["r1", losses.GradientPenalty(1.0), None])
def test_learns_to_tell_experts_and_rewards_their_steps(penalty):
    reward = imitation(penalty=penalty, input_noise=0.1)
    others = steps(64, center=-1.0, action=2)
    learn = tf.function(reward.learn, autograph=False)
    for _ in range(20):
        learn(others)
    of_experts = reward(steps(20, center=1.0, action=1, seed=1)).numpy()
    assert of_experts.min() > reward(others).numpy().max()
    assert [metric.name for metric in reward.metrics] == [
        "imitation_loss",
        "imitation_accuracy_expert",
        "imitation_accuracy_agent",
    ]


def test_config_and_weights_round_trip():
    reward = imitation(kind="logit", updates=2, batch_size=9, input_noise=0.2)
    reward.learn(steps(20, center=-1.0))
    config = keras.saving.serialize_keras_object(reward)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == reward.get_config()
    assert differ(values(again), values(reward))
    again.set_weights(reward.get_weights())
    np.testing.assert_array_equal(again(steps(5)), reward(steps(5)))


class TestHorizon:
    def test_experts_that_terminate_are_refused(self):
        with pytest.raises(ValueError, match="1 of 1 that do.*`variable_horizon=True`"):
            Imitation(network(), experts(terminated=True), SPECS)
        Imitation(network(), experts(terminated=True), SPECS, variable_horizon=True)

    def test_so_is_an_agent_that_does(self):
        for variable, passed in (False, [False]), (True, []):
            reward = imitation(variable_horizon=variable)
            checks = reward.checks(steps(3, terminated=True))
            assert [bool(ok) for _, ok in checks] == passed
        ((error, passed),) = imitation().checks(steps(3))
        assert passed and "episode of the agent terminated" in str(error)

    def test_a_sum_checks_its_parts(self):
        reward = 0.5 * imitation() + 1.0
        assert len(reward.checks(steps(3))) == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"kind": "error"}, "`kind` to be 'softplus'"),
        ({"updates": 0}, "`updates` to be a positive integer"),
        ({"batch_size": 1.5}, "`batch_size` to be a positive integer"),
        ({"input_noise": -1.0}, "`input_noise` >= 0"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        imitation(**options)


def test_what_is_no_expert_and_no_penalty():
    with pytest.raises(TypeError, match="`experts` to be an `Experience`"):
        Imitation(network(), steps(3), SPECS)
    with pytest.raises(ValueError, match="Pass `agent.specs`"):
        Imitation(network(), experts())
    with pytest.raises(TypeError, match="`penalty` to be 'r1'"):
        imitation(penalty="r2")


@pytest.mark.parametrize("sizes", [(4, 1), (5, 3)])
def test_a_discriminator_that_does_not_fit(sizes):
    with pytest.raises(ValueError, match=r"\(batch, 5\), to logits"):
        Imitation(network(*sizes), experts(), SPECS)
