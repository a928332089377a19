import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import losses
from keras_rlgen.experience import ArraySpec, Experience, Transition
from keras_rlgen.rewards import Imitation
from tests.networks import differ, values

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
    observation = steps(42, center=1.0).observation.numpy()
    return Experience(
        observations=observation,
        actions=np.full(40, 1, "int32"),
        rewards=np.zeros(40),
        lengths=[30, 10],
        terminated=[terminated, False],
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


def imitation(ending=False, **kwargs):
    options = {"optimizer": keras.optimizers.Adam(0.05), "updates": 4, "seed": 0}
    discriminator = network(5 + kwargs.get("absorbing", False))
    return Imitation(discriminator, experts(ending), SPECS, **{**options, **kwargs})


def logistic(reward, transitions):
    vectors = reward.experts(transitions)
    return reward.discriminator(vectors).numpy()[:, 0]


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
        with pytest.raises(ValueError, match="1 of 2 that do.*`variable_horizon=True`"):
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


def potential(absorbing=False):
    return keras.Sequential([keras.Input((2 + absorbing,)), keras.layers.Dense(1)])


class TestShaping:
    def test_logits_are_those_of_slow_numpy(self):
        reward = imitation(kind="logit", shaping=potential(), gamma=0.9)
        some = steps(6, seed=3)._replace(
            next_observation=steps(6, seed=4).observation,
            terminated=tf.constant([False, True] * 3),
        )
        reward.experts.fix_units(some)
        mean, deviation = (
            x.numpy()[:2] for x in (reward.experts.mean, reward.experts.deviation)
        )
        kernel, bias = reward.shaping.get_weights()
        expected = []
        for index in range(6):
            now, after = (
                (x.numpy()[index] - mean) / deviation
                for x in (some.observation, some.next_observation)
            )
            action = np.eye(3)[int(some.action[index])]
            step = np.concatenate([now, action]).astype("float32")
            g = float(reward.discriminator(step[None])[0, 0])
            h, next_h = (float(x @ kernel[:, 0] + bias[0]) for x in (now, after))
            next_h = 0.0 if some.terminated[index] else next_h
            expected.append(g + 0.9 * next_h - h)
        np.testing.assert_allclose(reward(some), expected, rtol=1e-4, atol=1e-5)
        g = reward.discriminator(reward.experts(some)[:, :5])[:, 0]
        np.testing.assert_allclose(reward.unshaped(some), g, rtol=1e-5)

    def test_the_potential_learns_too(self):
        reward = imitation(shaping=potential(), gamma=0.9, penalty="r1")
        before = values(reward.shaping) + values(reward.discriminator)
        reward.learn(steps(20, center=-1.0))
        after = values(reward.shaping) + values(reward.discriminator)
        # A bias of the potential has no effect where gamma is 1, and does here.
        assert differ(before, after)
        assert all((x != y).any() for x, y in zip(before, after, strict=True))


class TestAbsorbingStates:
    def test_a_termination_is_followed_by_a_flag_forever(self):
        reward = imitation(kind="softplus", absorbing=True, gamma=0.9)
        ends = np.array([False, True, False])
        some = steps(3)._replace(terminated=tf.constant(ends))
        vectors = reward.experts(some).numpy()
        np.testing.assert_array_equal(vectors[:, 5], np.zeros(3))
        flag = np.zeros((1, 6), "float32")
        flag[0, 5] = 1.0
        d = reward.discriminator
        softplus = [np.log1p(np.exp(d(x).numpy()[:, 0])) for x in (vectors, flag)]
        forever = sum(0.9**k * softplus[1][0] for k in range(1, 500))
        expected = softplus[0] + np.where(ends, forever, 0.0)
        np.testing.assert_allclose(reward(some), expected, rtol=1e-4)

    def test_ends_of_both_are_learned_from(self):
        reward = imitation(absorbing=True, gamma=0.9, updates=8)
        others = steps(32, center=-1.0, terminated=True)
        learn = tf.function(reward.learn, autograph=False)
        for _ in range(10):
            learn(others)
        # No expert ended: a state after an end is the agent's alone.
        assert reward.discriminator(reward.experts.absorbing_step()) < -1.0
        assert reward.checks(others) == []

    def test_of_an_ending_expert_with_a_potential(self):
        reward = imitation(
            ending=True, absorbing=True, gamma=0.9, shaping=potential(True)
        )
        some = steps(8, terminated=True)
        reward.learn(some)
        assert np.isfinite(reward(some).numpy()).all()
        config = keras.saving.serialize_keras_object(reward)
        again = keras.saving.deserialize_keras_object(config)
        assert again.get_config() == reward.get_config()
        again.set_weights(reward.get_weights())
        np.testing.assert_array_equal(again(some), reward(some))


def test_files_of_earlier_versions():
    """Their configurations lack what was added later."""
    reward = imitation()
    config = reward.get_config()
    for key in "shaping", "absorbing", "gamma":
        del config[key]
    for key in "following", "absorbing", "num_absorbing":
        del config["experts"]["config"][key]
    again = Imitation.from_config(config)
    again.set_weights(reward.get_weights())
    np.testing.assert_array_equal(again(steps(5)), reward(steps(5)))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"gamma": 0.9}, "`gamma` only with `shaping` or `absorbing`"),
        ({"absorbing": True}, r"`gamma` in \(0, 1\).*None.*`gamma=agent.gamma`"),
        ({"absorbing": True, "gamma": 1.0}, r"in \(0, 1\).*Received: 1.0"),
        ({"shaping": potential(), "gamma": 1.5}, r"in \(0, 1\].*Received: 1.5"),
        ({"shaping": network(4), "gamma": 0.9}, r"`shaping`.*\(batch, 2\), to logits"),
    ],
)
def test_options_that_do_not_fit_each_other(options, message):
    with pytest.raises(ValueError, match=message):
        imitation(**options)


def test_a_discriminator_that_ends_in_a_sigmoid():
    last = keras.layers.Dense(1, "sigmoid")
    discriminator = keras.Sequential([keras.Input((5,)), last])
    with pytest.raises(ValueError, match="`sigmoid|activation 'sigmoid'.*Leave"):
        Imitation(discriminator, experts(), SPECS)


def test_demonstrations_of_another_space():
    others = types.SimpleNamespace(
        observation=ArraySpec((2,)), action=ArraySpec((), "int32", 0, 0)
    )
    with pytest.raises(ValueError, match="Expected `actions` from 0 to 0"):
        Imitation(network(3), experts(), others)


def test_demonstrations_that_are_empty_or_not_finite():
    def recorded(observations, count):
        return Experience(observations, np.zeros(count, "int32"), np.zeros(count), [2])

    with pytest.raises((ValueError, TypeError)):
        recorded(np.zeros((0, 2)), 0)
    with pytest.raises(ValueError, match="NaN"):
        Experience(np.full((3, 2), np.nan), [0, 0], [0.0, 0.0], [2], [False])


def test_a_file_that_is_truncated(tmp_path):
    path = tmp_path / "experts.npz"
    experts().save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="damaged or incomplete"):
        Experience.load(path)


@pytest.mark.parametrize("sizes", [(4, 1), (5, 3)])
def test_a_discriminator_that_does_not_fit(sizes):
    with pytest.raises(ValueError, match=r"\(batch, 5\), to logits"):
        Imitation(network(*sizes), experts(), SPECS)
