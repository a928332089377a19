"""Predicting and playing in the environment's own terms."""

import keras
import numpy as np
import pytest

from keras_rlgen.agents import DQN, PPO, DynaQ, Planner
from keras_rlgen.environments import CartPole, GridWorld, Pendulum
from tests.agents.rooms import START, Rooms
from tests.agents.values import cart_pole_agent


@pytest.fixture(scope="module")
def agent():
    return DQN("cnn", environment=Rooms, seed=0)


@pytest.fixture(scope="module")
def observations():
    environment = Rooms()
    return [environment.reset(seed=seed)[0] for seed in range(3)]


class TestPredict:
    def test_one_observation_and_batches(self, agent, observations):
        each = [agent.predict(observation, verbose=0) for observation in observations]
        assert all(Rooms.action_space.contains(action) for action in each)
        assert agent.predict(observations).tolist() == each
        batch = {
            key: np.stack([observation[key] for observation in observations])
            for key in observations[0]
        }
        assert agent.predict(batch).tolist() == each
        assert agent.predict(batch, batch_size=2).tolist() == each

    def test_what_the_networks_take(self, agent, observations):
        one_hot = {
            "image": np.stack([o["image"] for o in observations]),
            "room": np.eye(3)[[o["room"] - 1 for o in observations]],
            "lock": np.stack(
                [
                    np.r_[np.eye(2)[o["lock"][0]], np.eye(3)[o["lock"][1]]]
                    for o in observations
                ]
            ),
        }
        own = agent.predict(observations)
        np.testing.assert_array_equal(agent.predict(one_hot), own)

    def test_a_file_keeps_the_spaces(self, agent, observations, tmp_path):
        agent.compile()
        agent.save(tmp_path / "agent.keras")
        loaded = DQN.load(tmp_path / "agent.keras")
        assert loaded.environment is None
        own = agent.predict(observations).tolist()
        assert loaded.predict(observations).tolist() == own
        assert set(own) <= {START, START + 1}

    def test_discrete_observations(self):
        agent = DQN("mlp", environment="FrozenLake-v1", seed=0)
        states = agent.predict(np.arange(16))
        assert states.shape == (16,) and agent.predict(3) == states[3]
        with pytest.raises(ValueError, match=r"in Discrete\(16\)"):
            agent.predict(16)

    def test_other_observations(self, agent, observations):
        with pytest.raises(ValueError, match=r"one observation of the space Dict"):
            agent.predict({"room": 1})
        broken = {**observations[0], "room": 9}
        with pytest.raises(ValueError, match="room"):
            agent.predict(broken)

    def test_actions_are_within_their_bounds(self):
        agent = PPO("mlp", environment=Pendulum(), seed=0)
        agent.actor.layers[-2].bias.assign([100.0])
        assert agent.predict(np.zeros(3)).tolist() == [2.0]

    def test_a_table(self):
        agent = DynaQ(GridWorld(["S.", ".G"]), seed=0)
        states = np.eye(agent.environment.observation_shape[0])
        assert agent.predict(states[0], verbose=0) == agent.predict(states)[0]


class TestPlay:
    def test_episodes(self, agent):
        played = agent.play(episodes=2, seed=3)
        assert [episode.length for episode in played] == [6, 6]
        assert played[0].episode_return in range(7) and played[0].frames == []

    def test_pictures(self, agent, tmp_path):
        (played,) = agent.play(render="rgb_array", max_steps=2)
        assert [int(frame[0, 0, 0]) for frame in played.frames] == [0, 1, 2]
        agent.play(render=str(tmp_path / "episode.gif"), max_steps=2)
        assert (tmp_path / "episode.gif").exists()

    def test_an_environment_of_the_user(self, agent):
        environment = Rooms()
        agent.play(environment, max_steps=2)
        assert environment.steps == 2

    def test_tensor_environments(self):
        acting = cart_pole_agent(DQN, compiled=False)
        (played,) = acting.play(render="rgb_array", seed=0)
        assert played.length <= 7 and played.frames[0].dtype == np.uint8

    def test_a_planner_learns_nothing(self):
        with pytest.raises(TypeError, match="ModelBasedAgent"):
            Planner.fit(None, 3)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"episodes": 0}, "episodes"),
            ({"max_steps": 1.5}, "max_steps"),
            ({"render": "screen"}, "one of .*human"),
            ({"environment": "CartPole-v1"}, "specs"),
        ],
    )
    def test_errors(self, agent, arguments, message):
        with pytest.raises(ValueError, match=message):
            agent.play(**arguments)

    def test_nothing_to_draw_with(self):
        class Silent(Rooms):
            render_mode = None

        agent = PPO("cnn", environment=Silent, seed=0)
        with pytest.raises(ValueError, match="`play` needs something to draw with"):
            agent.play(render="rgb_array")


def test_a_seed_gives_the_weights():
    first, again, other = (
        DQN("mlp", environment=CartPole(), seed=seed).q_network.get_weights()
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first[0], again[0]) and not np.array_equal(first[0], other[0])
    assert isinstance(DQN("mlp", environment=CartPole()).q_network, keras.Model)
