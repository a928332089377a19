import keras
import numpy as np
import pytest

from keras_rlgen.agents import DynaQ
from keras_rlgen.environments import CartPole, GridWorld, Pendulum

MAZE = GridWorld(
    ["S..#", ".#..", "...G"], max_episode_steps=200, step_reward=0.0, goal_reward=1.0
)


@pytest.fixture(scope="module")
def agent():
    agent = DynaQ(MAZE, planning_steps=20, num_runs=8, seed=0)
    agent.jit_compile = False  # It would compile for longer than it learns.
    agent.history_of_the_test = agent.fit(epochs=8, verbose=0).history
    return agent


def test_it_learns(agent):
    history = agent.history_of_the_test
    assert list(history) == ["episode_length", "mean_return", "visited_pairs"]
    assert agent.episode_lengths.shape == (8, 8)
    np.testing.assert_allclose(
        history["episode_length"], agent.episode_lengths.mean(axis=1), rtol=1e-6
    )
    assert history["episode_length"][0] > 10 > np.mean(history["episode_length"][4:])
    assert history["mean_return"][-1] == 1.0
    assert np.all(np.diff(history["visited_pairs"]) >= 0.0)
    results = agent.evaluate(verbose=0)
    assert results["mean_return"] == 1.0 and results["episode_length"] < 5.5
    assert results["episodes"] == 8


def test_values_are_those_of_the_shortest_way(agent):
    shown = np.eye(len(MAZE.cells), dtype="float32")
    values = agent.tables.action_values.numpy().max(axis=-1)
    assert 0.4 < values[:, 0].mean() < 0.95**4  # five steps from the goal
    above_goal = MAZE.cells.tolist().index([1, 3])
    runs = [i for i in range(8) if values[i, above_goal] > 0.9]
    assert runs
    for run in runs:
        assert agent.predict(shown[[above_goal]], run).tolist() == [2]  # down
    with pytest.raises(ValueError, match=r"shape \(batch, 10\)"):
        agent.predict(shown[:, :3])


def test_it_is_saved_and_goes_on_as_without(agent, tmp_path, capsys):
    path = tmp_path / "agent.keras"
    agent.save(path)
    loaded = keras.saving.load_model(path)
    loaded.jit_compile = False
    assert loaded.get_config() == agent.get_config()
    for one, other in zip(loaded.tables, agent.tables, strict=True):
        np.testing.assert_array_equal(one, other)
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(loaded, "stop_training", True)
    )
    loaded.fit(epochs=5, callbacks=[stop], verbose=2)
    assert loaded.episode_lengths.shape == (1, 8)
    assert "episode_length" in capsys.readouterr().out


def test_config_round_trip():
    agent = DynaQ(MAZE, 3, 0.5, 0.2, 0.9, num_runs=2, seed=7, name="table")
    again = DynaQ.from_config(agent.get_config())
    assert again.get_config() == agent.get_config()
    assert again.environment.goal_reward == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"environment": Pendulum()}, "needs discrete actions"),
        ({"environment": CartPole()}, "one-hot states"),
        ({"planning_steps": -1}, "`planning_steps` to be an integer >= 0"),
        ({"num_runs": 0}, "`num_runs` to be an integer >= 1"),
        ({"epsilon": 1.5}, r"`epsilon` in \[0, 1\]"),
        ({"learning_rate": 0.0}, r"`learning_rate` in \(0, 1\]"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        DynaQ(**{"environment": MAZE, **arguments})


def test_errors_of_types_and_counts(agent):
    with pytest.raises(TypeError, match="`TensorEnvironment`"):
        DynaQ("CartPole-v1")
    with pytest.raises(ValueError, match="`epochs` to be an integer >= 1"):
        agent.fit(epochs=0)
    with pytest.raises(ValueError, match="`episodes` to be an integer >= 1"):
        agent.evaluate(episodes=0)
