"""Agents of TF-Agents that train, act, and are saved with Keras 3 models."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import QNetwork
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    MULTI_DISCRETE,
    BoundedTensorSpec,
    dqn_agent,
    dqn_experience,
    functional,
    greedy_actions,
    mlp,
    observations,
    one_step_episodes,
    ppo_agent,
    ppo_experience,
    subclassed,
    tf_agents,
    train_function,
    with_free_scale,
)
from tests.networks import assert_same, differ, values

layers = keras.layers
squared = tf_agents.utils.common.element_wise_squared_loss


def all_differ(first, second):
    return all((a != b).all() for a, b in zip(first, second, strict=True))


def multi_discrete_actor():
    return keras.Sequential([mlp(6), layers.Reshape((2, 3))])


ACTORS = {
    "free scale": (lambda: with_free_scale(mlp(2)), CONTINUOUS, False),
    "squashed": (lambda: mlp(4), CONTINUOUS, True),
    "discrete": (lambda: mlp(4), DISCRETE, False),
    "several discrete": (multi_discrete_actor, MULTI_DISCRETE, False),
}


def some_ppo_agent(name, **kwargs):
    make_actor, spec, squash = ACTORS[name]
    return ppo_agent(make_actor(), mlp(1, seed=5), spec, squash=squash, **kwargs)


def target_of(agent):
    return agent._target_q_network.model


class TestDqn:
    @pytest.mark.parametrize("make_model", [mlp, functional])
    def test_trains_the_model_that_was_passed(self, make_model):
        model = make_model(4)
        agent = dqn_agent(model, target_update_period=2)
        assert_same(values(target_of(agent)), values(model))
        before = values(model)
        train = train_function(agent)
        assert np.isfinite(train(dqn_experience(agent)).loss)
        after = values(model)
        assert differ(after, before)
        # The other model is that of the target network, and has not changed.
        assert_same(values(target_of(agent)), before)
        train(dqn_experience(agent))
        assert_same(values(target_of(agent)), values(model))
        assert agent.train_step_counter == 2

    def test_soft_update_moves_the_target_network(self):
        model = mlp(4)
        agent = dqn_agent(model, target_update_tau=0.25)
        before = values(target_of(agent))
        train_function(agent)(dqn_experience(agent))
        moved = [
            0.75 * a + 0.25 * b for a, b in zip(before, values(model), strict=True)
        ]
        assert_same(values(target_of(agent)), moved, rtol=1e-4, atol=1e-6)
        assert differ(values(target_of(agent)), before)

    def test_everything_a_model_may_hold_and_jit(self):
        """Moving averages, a random state and a regularizer; summaries and XLA."""
        model = keras.Sequential(
            [
                layers.Input((3,)),
                layers.BatchNormalization(),
                layers.Dense(8, kernel_regularizer="l2"),
                layers.Dropout(0.5, seed=0),
                layers.Dense(4),
            ]
        )
        agent = dqn_agent(model, summarize_grads_and_vars=True, target_update_tau=0.1)
        before = values(model)
        train = tf.function(agent.train, autograph=False, jit_compile=True)
        info = train(dqn_experience(agent))
        assert info.loss > tf.reduce_mean(info.extra.td_loss)
        assert differ(values(model)[2:4], before[2:4])
        averages = [m.layers[0].moving_mean for m in (model, target_of(agent))]
        np.testing.assert_array_equal(*averages)

    def test_layers_that_are_frozen(self):
        model = mlp(4)
        model.layers[0].trainable = False
        agent = dqn_agent(model)
        before = values(model)
        train_function(agent)(dqn_experience(agent))
        assert_same(values(model)[:2], before[:2])
        assert differ(values(model)[2:], before[2:])

    def test_weights_that_are_loaded_change_what_the_agent_does(self, tmp_path):
        other = mlp(4, seed=7)
        other.save_weights(tmp_path / "other.weights.h5")
        other.save(tmp_path / "other.keras")
        model = mlp(4)
        agent = dqn_agent(model)
        x = observations(64)
        before = greedy_actions(agent, x)
        model.load_weights(tmp_path / "other.weights.h5")
        best = np.argmax(other(x), axis=-1)
        np.testing.assert_array_equal(greedy_actions(agent, x), best)
        assert (before != best).any()
        loaded = keras.saving.load_model(tmp_path / "other.keras")
        np.testing.assert_array_equal(greedy_actions(dqn_agent(loaded), x), best)

    def test_learns_a_contextual_bandit(self):
        """One of four actions is right, which depends on the observation."""
        model = mlp(4, inputs=2, units=32)
        spec = tf.TensorSpec((2,))
        agent = dqn_agent(model, observation_spec=spec, td_errors_loss_fn=squared)

        def best(x):
            return tf.cast(x[:, 0] > 0, tf.int64) * 2 + tf.cast(x[:, 1] > 0, tf.int64)

        def reward(x, actions):
            return tf.cast(actions == best(x), tf.float32)

        def contexts(batch, seed):
            x = tf.random.stateless_uniform((*batch, 2), seed, 0.2, 1.0)
            signs = tf.random.stateless_uniform((*batch, 2), seed + 1, 0, 2, tf.int32)
            return x * tf.cast(2 * signs - 1, tf.float32)

        @tf.function(autograph=False)
        def train(seed):
            x = contexts((64, 2), seed)
            actions = tf.random.stateless_uniform((64, 2), seed, 0, 4, tf.int64)
            agent.train(one_step_episodes(agent, x, reward, actions))

        for step in range(300):
            train(tf.constant([step, 0]))
        x = contexts((1000,), tf.constant([12345, 0]))
        assert np.mean(greedy_actions(agent, x) == best(x).numpy()) > 0.95


class TestPpo:
    @pytest.mark.parametrize("name", ACTORS)
    def test_trains_the_models_that_were_passed(self, name):
        agent = some_ppo_agent(name)
        actor, critic = agent.actor_net.model, agent._value_net.model
        experience = ppo_experience(agent)
        before = values(actor), values(critic)
        info = train_function(agent)(experience)
        assert np.isfinite(info.loss)
        # The first update is made by the policy that acted.
        assert info.extra.clip_fraction == 0.0
        assert differ(values(actor), before[0]) and differ(values(critic), before[1])
        if name == "free scale":
            assert all_differ(values(actor)[-1:], before[0][-1:])

    def test_normalizers_and_divergence(self):
        agent = some_ppo_agent(
            "squashed",
            agent_class=tf_agents.agents.PPOKLPenaltyAgent,
            initial_adaptive_kl_beta=1.0,
            adaptive_kl_target=0.01,
            adaptive_kl_tolerance=0.3,
            kl_cutoff_factor=2.0,
            normalize_observations=True,
            normalize_rewards=True,
        )
        train = train_function(agent)
        experience = ppo_experience(agent)
        first, second = train(experience), train(experience)
        np.testing.assert_allclose(first.extra.kl_penalty_loss, 0.0, atol=1e-5)
        assert second.extra.kl_penalty_loss > 0.0

    def test_a_shared_trunk(self):
        x = layers.Input((3,))
        trunk = layers.Dense(8, "tanh")
        hidden = trunk(x)
        actor = keras.Model(x, layers.Dense(4)(hidden))
        critic = keras.Model(x, layers.Dense(1)(hidden))
        agent = ppo_agent(actor, critic, DISCRETE)
        before = values(trunk)
        train_function(agent)(ppo_experience(agent))
        assert differ(values(trunk), before)
        assert_same(values(actor)[:2], values(critic)[:2])

    def test_learns_a_continuous_bandit(self):
        """The best action is 1.5 times the observation, within [-2, 2]."""
        spec = BoundedTensorSpec((1,), tf.float32, -2.0, 2.0)
        actor = with_free_scale(mlp(1, inputs=1, units=16))
        agent = ppo_agent(actor, mlp(1, inputs=1, units=16, seed=7), spec)
        tf.random.set_seed(0)

        def reward(x, actions):
            return -tf.reduce_sum((actions - 1.5 * x) ** 2, axis=-1)

        def error():
            x = np.linspace(-1, 1, 21, dtype="float32")[:, None]
            return np.abs(greedy_actions(agent, x) - 1.5 * x).mean()

        collect = tf.function(
            lambda x: one_step_episodes(agent, x, reward), autograph=False
        )
        train = train_function(agent)
        assert error() > 0.5
        for step in range(40):
            x = tf.random.stateless_uniform((64, 2, 1), (step, 0), -1.0, 1.0)
            experience = collect(x)
            for _ in range(4):
                train(experience)
        assert error() < 0.2
        assert actor.layers[-1].log_scale.numpy() < -0.5


ACT_ALONE = """
import sys

for name in ("keras", "keras_rlgen", "tensorflow_probability", "tf_agents", "tf_keras"):
    sys.modules[name] = None

import numpy as np
import tensorflow as tf

folder, *names = sys.argv[1:]
inputs = np.load(f"{folder}/inputs.npz")
for name in names:
    policy = tf.saved_model.load(f"{folder}/{name}")
    observation = {
        key.removeprefix(f"{name}:"): tf.constant(value)
        for key, value in inputs.items()
        if key.startswith(f"{name}:")
    }
    batch = len(next(iter(observation.values())))
    outputs = policy.signatures["action"](**{
        "0/step_type": tf.zeros((batch,), tf.int32),
        "0/reward": tf.zeros((batch,)),
        "0/discount": tf.ones((batch,)),
        **observation,
    })
    np.save(f"{folder}/{name}.npy", outputs["action"])
"""


def dictionary_agent():
    """Returns a `DqnAgent` whose model has two named inputs."""
    inputs = [layers.Input((2,), name="speed"), layers.Input((1,), name="place")]
    model = keras.Model(inputs, layers.Dense(4)(layers.Concatenate()(inputs)))
    spec = {"place": tf.TensorSpec((1,)), "speed": tf.TensorSpec((2,))}
    agent = tf_agents.agents.DqnAgent(
        tf_agents.trajectories.time_step_spec(spec),
        DISCRETE,
        q_network=QNetwork(model, spec, DISCRETE),
        optimizer=KerasOptimizer(keras.optimizers.SGD(), model.trainable_variables),
    )
    agent.initialize()
    return agent


def test_saved_policies_act_with_tensorflow_alone(tmp_path):
    agents = {
        "dqn": dqn_agent(mlp(4)),
        "subclassed": dqn_agent(subclassed(4)),
        "dictionary": dictionary_agent(),
        "free": some_ppo_agent("free scale"),
        "squashed": some_ppo_agent("squashed", normalize_observations=True),
    }
    inputs, expected = {}, {}
    for name, agent in agents.items():
        x = observations(16)
        if name == "dictionary":
            x = {"place": x[:, :1], "speed": x[:, 1:]}
            inputs |= {f"{name}:0/observation/{key}": x[key] for key in x}
        else:
            inputs[f"{name}:0/observation"] = x
        step = tf_agents.trajectories.restart(x, 16)
        expected[name] = agent.policy.action(step).action.numpy()
        saver = tf_agents.policies.policy_saver.PolicySaver(agent.policy)
        # Its outputs are types of TensorFlow Probability, which loading would need.
        del saver.policy.distribution
        saver.save(str(tmp_path / name))
    np.savez(tmp_path / "inputs.npz", **inputs)
    process = subprocess.run(
        [sys.executable, "-c", ACT_ALONE, tmp_path, *agents],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    for name in agents:
        np.testing.assert_allclose(
            np.load(tmp_path / f"{name}.npy"), expected[name], rtol=1e-5
        )


def test_checkpoints_go_on_exactly(tmp_path):
    agent = dqn_agent(mlp(4), target_update_tau=0.1)
    train_function(agent)(dqn_experience(agent))
    path = tf.train.Checkpoint(agent=agent).write(tmp_path / "checkpoint")
    other = dqn_agent(mlp(4, seed=9), target_update_tau=0.1)
    restored = tf.train.Checkpoint(agent=other).read(path)
    restored.assert_consumed()
    for each in (agent, other):
        train_function(each)(dqn_experience(each))
    for model_of in (lambda a: a._q_network.model, target_of):
        assert_same(values(model_of(agent)), values(model_of(other)), rtol=1e-6)
    assert other.train_step_counter == 2
