"""The losses of SAC, against their equations in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.algorithms.sac_agent import StatelessSacAgent
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import NormalNetwork, ValueNetwork
from keras_rlgen.training.random_streams import stream_seed
from tests.agents.control import critic_model
from tests.agents.toys import CONTINUOUS, OBSERVATION, mlp, trajectories
from tests.agents.values import transition
from tests.networks import assert_same, differ, values

BATCH, GAMMA, TAU, ALPHA, TARGET_ENTROPY = 6, 0.9, 0.25, 0.2, -1.5
CENTRE, HALF_RANGE = np.array([0.0, 2.0]), np.array([1.0, 2.0])


class Setting:
    """An agent, with the models that are in it."""

    def __init__(self, learning_rate=0.1):
        self.actor = mlp(4)
        self.critics = [critic_model(3, 2, seed=seed) for seed in (1, 2)]
        self.targets = [critic_model(3, 2, seed=seed) for seed in (3, 4)]
        self.log_alpha = keras.Variable(np.log(ALPHA), dtype="float32")
        critics = [v for c in self.critics for v in c.trainable_variables]
        networks = [
            ValueNetwork(model, (OBSERVATION, CONTINUOUS))
            for model in (*self.critics, *self.targets)
        ]
        optimizers = [
            KerasOptimizer(keras.optimizers.SGD(learning_rate), variables)
            for variables in (
                self.actor.trainable_variables,
                critics,
                [self.log_alpha],
            )
        ]
        self.agent = StatelessSacAgent(
            trajectories.time_step_spec(OBSERVATION),
            CONTINUOUS,
            actor_network=NormalNetwork(
                self.actor, OBSERVATION, CONTINUOUS, squash=True
            ),
            critic_network=networks[0],
            critic_network_2=networks[1],
            target_critic_network=networks[2],
            target_critic_network_2=networks[3],
            actor_optimizer=optimizers[0],
            critic_optimizer=optimizers[1],
            alpha_optimizer=optimizers[2],
            gamma=GAMMA,
            target_update_tau=TAU,
            target_entropy=TARGET_ENTROPY,
            seed=5,
            log_alpha=self.log_alpha.value,
            train_step_counter=tf.Variable(7, dtype=tf.int64),
        )

    def draw(self, observation, stream):
        """Returns the actions drawn for a loss, and log densities by hand."""
        seed = stream_seed(5, stream, 7)
        step = trajectories.restart(tf.constant(observation), BATCH)
        actions, _ = self.agent.actions_and_log_probabilities(step, seed)
        return actions.numpy(), self.log_density(observation, actions.numpy())

    def log_density(self, observation, actions):
        means, log_scales = np.split(np.float64(self.actor(observation)), 2, axis=-1)
        x = np.arctanh((actions - CENTRE) / HALF_RANGE)
        normal = -0.5 * np.square((x - means) / np.exp(log_scales)) - log_scales
        normal -= 0.5 * np.log(2.0 * np.pi)
        slope = HALF_RANGE * (1.0 - np.square(np.tanh(x)))
        return np.sum(normal - np.log(slope), axis=-1)


def least(critics, observation, actions):
    return np.min([c([observation, actions])[:, 0] for c in critics], axis=0)


def batch():
    random = np.random.default_rng(0)
    return {
        "observation": random.normal(size=(BATCH, 3)).astype("float32"),
        "action": np.float32(random.uniform([-1, 0], [1, 4], size=(BATCH, 2))),
        "reward": random.normal(size=BATCH).astype("float32"),
        "discount": np.float32([0, 1, 1, 0, 1, 1]),
        "next_observation": random.normal(size=(BATCH, 3)).astype("float32"),
        "is_last": np.array([False, False, True, False, False, True]),
    }


@pytest.fixture
def setting():
    return Setting()


@pytest.fixture
def data():
    return batch()


def weights(data):
    return np.float32(~data["is_last"])


def losses_by_hand(setting, data, actor_critics=None):
    mask = weights(data)
    actions, log_density = setting.draw(data["next_observation"], "critic loss")
    value = least(setting.targets, data["next_observation"], actions)
    target = data["reward"] + GAMMA * data["discount"] * (value - ALPHA * log_density)
    pair = [data["observation"], data["action"]]
    errors = [np.square(c(pair)[:, 0] - target) for c in setting.critics]
    critic_loss = 0.5 * np.mean(mask * np.sum(errors, axis=0))
    actions, log_density = setting.draw(data["observation"], "actor loss")
    value = least(actor_critics or setting.critics, data["observation"], actions)
    actor_loss = np.mean(mask * (ALPHA * log_density - value))
    _, log_density = setting.draw(data["observation"], "alpha loss")
    alpha_loss = np.log(ALPHA) * np.mean(mask * (-log_density - TARGET_ENTROPY))
    return critic_loss, actor_loss, alpha_loss


def test_losses_are_those_of_the_paper(setting, data):
    mask = tf.constant(weights(data))
    # Of `loss`, TF-Agents leaves the discount of the critics' loss to its constructor.
    info = setting.agent.loss(transition(**data), weights=mask)
    np.testing.assert_allclose(info.extra, losses_by_hand(setting, data), rtol=1e-4)


def test_draws_are_independent_of_each_other(setting, data):
    streams = "critic loss", "actor loss", "alpha loss"
    actions = [setting.draw(data["observation"], s)[0] for s in streams]
    for other in actions[1:]:
        assert np.all(actions[0] != other)
    again, _ = setting.draw(data["observation"], streams[0])
    np.testing.assert_array_equal(actions[0], again)


def test_an_update_moves_each_part_by_its_own_loss(setting, data):
    mask = tf.constant(weights(data))
    reference = Setting()
    steps, action_step, next_steps = experience = transition(**data)
    critics = [v for c in reference.critics for v in c.trainable_variables]
    with tf.GradientTape() as tape:
        loss = 0.5 * reference.agent.critic_loss(
            steps,
            action_step.action,
            next_steps,
            tf.math.squared_difference,
            GAMMA,
            weights=mask,
        )
    gradients = tape.gradient(loss, [v.value for v in critics])
    setting.agent.train(experience, mask)
    for variable, gradient in zip(critics, gradients, strict=True):
        variable.assign(variable - 0.1 * gradient)
    assert_same(values(*setting.critics), values(*reference.critics), rtol=1e-5)
    # The actor learns from the critics as they are by then.
    with tf.GradientTape() as tape:
        loss = reference.agent.actor_loss(steps, weights=mask)
    variables = reference.actor.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in variables])
    for variable, gradient in zip(variables, gradients, strict=True):
        variable.assign(variable - 0.1 * gradient)
    assert_same(values(setting.actor), values(reference.actor), rtol=1e-5, atol=1e-7)
    # And the temperature from the actor as it is by then.
    _, log_density = reference.draw(data["observation"], "alpha loss")
    step = 0.1 * np.mean(weights(data) * (-log_density - TARGET_ENTROPY))
    np.testing.assert_allclose(setting.log_alpha, np.log(ALPHA) - step, rtol=1e-4)


def test_targets_move_towards_the_critics(setting, data):
    before = values(*setting.targets)
    setting.agent.train(transition(**data))
    critics = values(*setting.critics)
    assert_same(
        values(*setting.targets),
        [(1 - TAU) * t + TAU * c for t, c in zip(before, critics, strict=True)],
        rtol=1e-4,
        atol=1e-6,
    )


def test_masked_steps_do_not_count(setting, data):
    other = Setting()
    changed = {**data, "reward": np.where(data["is_last"], 1e3, data["reward"])}
    changed["reward"] = np.float32(changed["reward"])
    before = values(setting.actor)
    for some, experience in ((setting, data), (other, changed)):
        some.agent.train(transition(**experience), tf.constant(weights(data)))
    assert_same(values(*setting.critics), values(*other.critics))
    assert_same(values(setting.actor), values(other.actor))
    assert differ(values(setting.actor), before)
