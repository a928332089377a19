"""Agents that act elsewhere, are driven from outside, or follow another reward."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.agents import DQN, PPO, Sarsa
from keras_rlgen.environments import CartPole, FixedHorizonCartPole, Pendulum
from tests.agents import on_policy, values
from tests.agents.rounds import collected
from tests.agents.toys import mlp
from tests.networks import assert_same, differ
from tests.networks import values as weights

ADAM = 1e-2


def dqn(**kwargs):
    return values.cart_pole_agent(DQN, **kwargs)


def ppo(**kwargs):
    return on_policy.cart_pole_agent(PPO, **kwargs)


def sarsa(**kwargs):
    return values.cart_pole_agent(Sarsa, **kwargs)


AGENTS = {"dqn": dqn, "ppo": ppo, "sarsa": sarsa}
STEPS = {"dqn": 16, "ppo": 24, "sarsa": 16}


def optimizer():
    return keras.optimizers.Adam(ADAM)


def compiled(name, **kwargs):
    agent = AGENTS[name](compiled=False)
    agent.compile(optimizer(), run_eagerly=True, **kwargs)
    return agent


def train(agent, name, **kwargs):
    return agent.fit(steps_per_epoch=STEPS[name], verbose=0, **kwargs).history


@pytest.fixture(params=AGENTS)
def name(request):
    return request.param


def negative_reward(transition):
    return -transition.reward


@keras.saving.register_keras_serializable("tests")
def constant_of_state(state):
    return tf.fill([tf.shape(state)[0]], 0.5)


class TestRewards:
    def test_that_of_the_environment_changes_nothing(self, name):
        plain, rewarded = compiled(name), compiled(name, reward="environment")
        histories = [train(agent, name) for agent in (plain, rewarded)]
        assert_same(weights(plain), weights(rewarded))
        assert histories[1]["reward"] == histories[1]["reward_environment"]
        assert histories[0]["mean_return"] == histories[1]["mean_return"]

    def test_another_one_is_what_is_learned(self, name):
        plain, rewarded = compiled(name), compiled(name, reward=negative_reward)
        histories = [train(agent, name) for agent in (plain, rewarded)]
        assert differ(weights(plain), weights(rewarded))
        # Returns are still the environment's.
        assert np.sign(histories[0]["mean_return"]) == np.sign(
            histories[1]["mean_return"]
        )
        logged = histories[1]["reward_negative_reward"][0]
        assert np.sign(logged) == -np.sign(histories[1]["mean_return"][0])

    def test_goes_on_exactly_after_a_load(self, name, tmp_path):
        reward = rewards.Normalized(rewards.Environment()) + rewards.State(
            constant_of_state
        )
        agent = compiled(name, reward=reward)
        train(agent, name)
        agent.save(tmp_path / "agent.keras")
        loaded = keras.saving.load_model(tmp_path / "agent.keras")
        assert_same(weights(loaded.reward), weights(agent.reward))
        histories = [
            train(each, name, initial_epoch=1, epochs=2) for each in (agent, loaded)
        ]
        for key, value in histories[0].items():
            if not key.endswith("_per_second"):
                np.testing.assert_array_equal(value, histories[1][key], key)
        assert_same(weights(agent), weights(loaded))

    def test_compiling_again_forgets_it(self):
        agent = compiled("ppo", reward=negative_reward)
        assert "reward" in train(agent, "ppo")
        agent.compile(optimizer(), run_eagerly=True)
        assert "reward" not in train(agent, "ppo") and agent.reward is None

    def test_what_is_no_reward(self):
        with pytest.raises(ValueError, match="Unknown reward: 'unheard'"):
            compiled("dqn", reward="unheard")


class TestInGraphs:
    """The same, compiled: one of each kind, since graphs take seconds to make."""

    @pytest.mark.parametrize("make", [dqn, ppo])
    def test_learns_as_op_by_op(self, make):
        def after(**kwargs):
            agent = make(compiled=False)
            agent.compile(optimizer(), reward=negative_reward, **kwargs)
            agent.train_steps(12)
            agent.train_steps(12, environment=CartPole(5))
            return agent

        # Without XLA, which draws other numbers.
        agents = after(run_eagerly=True), after(jit_compile=False)
        for first, second in zip(*map(weights, agents), strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-5)


class TestAnotherEnvironment:
    def test_a_copy_is_like_ones_own(self, name):
        agents = [compiled(name) for _ in range(2)]
        train(agents[0], name)
        copy = type(agents[1].environment).from_config(
            agents[1].environment.get_config()
        )
        history = train(agents[1], name, environment=copy)
        own, imagined = agents
        assert int(own.imagined_steps) == int(imagined.environment_steps) == 0
        assert int(own.environment_steps) == int(imagined.imagined_steps) > 0
        assert history["environment_steps"] == [0]
        assert history["imagined_steps"] == [int(imagined.imagined_steps)]
        for part in ("actor", "q_network"):
            if hasattr(own, part):
                assert_same(
                    weights(getattr(own, part)), weights(getattr(imagined, part))
                )

    def test_schedules_go_by_real_steps(self):
        epsilon = keras.optimizers.schedules.PolynomialDecay(1.0, 48, 0.0)
        agent = dqn(epsilon=epsilon)
        agent.train_steps(16, environment=CartPole(5))
        assert float(agent.epsilon()) == 1.0
        agent.train_steps(16)
        assert float(agent.epsilon()) < 0.5

    def test_frames_of_two_never_follow_on_each_other(self):
        agent = dqn(environment=CartPole(100), replay_capacity=300)
        for _ in range(3):
            agent.train_steps(4)
            agent.train_steps(4, environment=CartPole(90))
        frames = agent.replay_buffer.gather_all()
        step_type = frames.step_type.numpy()
        assert step_type.shape[1] == 24
        # The last frame of each visit ends an episode.
        assert (step_type[:, 3::4] == 2).all()

    def test_ones_own_episodes_go_on(self):
        agent = ppo(environment=CartPole(100))
        agent.train_steps(12)
        before = agent.driver.observation.numpy()
        agent.train_steps(12, environment=CartPole(3))
        np.testing.assert_array_equal(agent.driver.observation, before)

    def test_it_is_not_traced_again(self):
        agent = dqn(compiled=False)
        agent.compile(optimizer(), jit_compile=False)
        other, traces = CartPole(5), []
        learn = agent._learn
        agent._learn = lambda collected: (traces.append(1), learn(collected))[1]
        for _ in range(3):
            agent.fit(steps_per_epoch=4, environment=other, verbose=0)
        assert len(traces) == 1

    def test_other_specs_are_refused(self):
        with pytest.raises(ValueError, match="Expected an environment of the specs"):
            dqn().fit(environment=Pendulum(), verbose=0)


class TestFromOutside:
    def test_train_steps_do_what_fit_does(self, name):
        agents = [compiled(name) for _ in range(2)]
        history = train(agents[0], name)
        logs = agents[1].train_steps(STEPS[name])
        assert_same(weights(agents[0]), weights(agents[1]))
        for key, value in logs.items():
            np.testing.assert_array_equal(value, history[key][0], key)

    @pytest.mark.parametrize("name", ["dqn", "ppo", "sarsa"])
    def test_learn_is_a_round_of_what_was_collected(self, name):
        agents = [compiled(name) for _ in range(2)]
        collector = compiled(name)
        rounds = [collected(collector) for _ in range(4)]
        for each in rounds:
            agents[0].learn(each.frames, each.next_observation)
        assert int(agents[0].environment_steps) == 0
        assert differ(weights(agents[0]), weights(collector))
        if name != "ppo":
            return
        agents[1].train_steps(agents[1].collect_steps)
        other = compiled(name)
        other._vector_steps.assign(agents[1]._vector_steps)
        other.learn(rounds[0].frames, rounds[0].next_observation)
        assert_same(weights(other.actor), weights(agents[1].actor))

    def test_by_default_the_last_frame_is_what_followed(self):
        agents = [compiled("ppo") for _ in range(2)]
        frames = collected(compiled("ppo")).frames
        agents[0].learn(frames)
        agents[1].learn(
            tf.nest.map_structure(lambda x: x[:, :-1], frames),
            frames.observation[:, -1],
        )
        assert_same(weights(agents[0]), weights(agents[1]))

    def test_restart_begins_other_episodes(self):
        agent = ppo(environment=CartPole(100))
        agent.train_steps(12)
        before = agent.driver.observation.numpy()
        agent.restart()
        assert differ([agent.driver.observation.numpy()], [before])
        assert not agent.driver.in_progress
        agent.train_steps(12)

    def test_what_does_not_fit(self):
        agent = compiled("ppo")
        frames = collected(agent).frames
        with pytest.raises(ValueError, match="Expected frames of the structure"):
            agent.learn(frames._asdict())
        with pytest.raises(ValueError, match="num_environments, T"):
            agent.learn(tf.nest.map_structure(lambda x: x[:2], frames))
        with pytest.raises(ValueError, match="at least two frames"):
            agent.learn(tf.nest.map_structure(lambda x: x[:, :1], frames))
        with pytest.raises(ValueError, match="`num_steps` >= 1"):
            agent.train_steps(0)
        with pytest.raises(ValueError, match="Call `compile"):
            ppo(compiled=False).train_steps(4)


def test_learns_from_a_reward_function_of_the_state_alone():
    """On a pole that never ends an episode, with a reward of no environment."""

    def upright(state):
        return 1.0 - tf.abs(state[:, 2])

    agent = PPO(
        mlp(2, 4, units=16),
        mlp(1, 4, units=16, seed=5),
        environment=FixedHorizonCartPole(200),
        num_environments=16,
        steps_per_update=50,
        epochs=4,
        minibatch_size=200,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), reward=upright, jit_compile=False)
    before = agent.evaluate(16, seed=1, verbose=0)["mean_return"]
    agent.fit(epochs=1, steps_per_epoch=1500, verbose=0)
    after = agent.evaluate(16, seed=1, verbose=0)["mean_return"]

    assert before < 100 < 150 < after
