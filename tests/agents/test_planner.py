import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import planning
from keras_rlgen.agents import Planner
from keras_rlgen.environments import CartPole, GridWorld, LatentEditing, Pendulum
from tests import networks
from tests.agents.toys import mlp

UPRIGHT = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]], "float32")


@pytest.fixture(scope="module")
def maze():
    """Returns a planner whose rollouts do not reach the goal from the start."""
    model = GridWorld(["S.#.", "...G"], max_episode_steps=12)
    search = planning.UCT(num_simulations=500)
    options = {"gamma": 1.0, "rollout_steps": 0, "num_environments": 2, "seed": 0}
    return Planner(model, search, **options)


def test_it_solves_a_maze(maze):
    result = maze.evaluate(episodes=4, verbose=0)
    assert result["mean_return"] == -4.0
    states = np.eye(7, dtype="float32")
    actions = maze.predict(states[:3])
    assert actions.shape == (3,) and actions.dtype == np.int32
    experience = maze.record(episodes=2, exploring=True)
    assert experience.num_episodes == 2


def test_it_is_saved_and_exported_with_its_model(maze, tmp_path):
    maze.save(tmp_path / "planner.keras")
    loaded = keras.saving.load_model(tmp_path / "planner.keras")
    assert isinstance(loaded.search, planning.UCT)
    states = np.eye(7, dtype="float32")[3:5]
    np.testing.assert_array_equal(loaded.predict(states), maze.predict(states))
    maze.export(tmp_path / "saved")
    exported = tf.saved_model.load(tmp_path / "saved")
    time_step = (
        tf.zeros((1,), tf.int32),
        tf.zeros((1,)),
        tf.ones((1,)),
        tf.constant(states[:1]),
    )
    kind = type(maze.policy.time_step_spec)
    action = exported.action(kind(*time_step), ()).action
    np.testing.assert_array_equal(action, maze.predict(states[:1]))


def test_networks_guide_the_search():
    prior = networks.linear(4, 2, np.zeros((4, 2)), [0.0, 50.0])
    value = networks.linear(4, 1)
    planner = Planner(
        CartPole(),
        planning.PUCT(num_simulations=2),
        policy=prior,
        value=value,
        num_environments=3,
        seed=0,
    )
    assert planner.predict(np.zeros((3, 4), "float32")).tolist() == [1, 1, 1]
    assert len(planner.policy.variables()) == 4
    again = Planner.from_config(planner.get_config())
    assert again.gamma == planner.gamma and again.value_network is not None


def test_sequences_of_continuous_actions_hold_the_pendulum():
    search = planning.CrossEntropy(horizon=12, population=60, iterations=2, elites=6)
    planner = Planner(Pendulum(), search, num_environments=2, seed=0)
    actions = planner.predict(UPRIGHT)
    assert actions.shape == (2, 1) and abs(actions[0, 0]) < 0.7
    state = planner.policy.get_initial_state(2)
    assert state.shape == (2, 12, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "CartPole-v1"}, TypeError, "`model` to be a `TensorEnvironment`"),
        ({"search": "uct"}, TypeError, "`search` to be a strategy"),
        ({"search": planning.CrossEntropy()}, ValueError, "Use `GumbelSearch`"),
        ({"model": Pendulum()}, ValueError, "Use `CrossEntropy`"),
        ({"gamma": 0.0}, ValueError, r"`gamma` in \(0, 1\]"),
        ({"rollout_steps": -1}, ValueError, "`rollout_steps` >= 0"),
        ({"policy": mlp(3, inputs=4)}, ValueError, "`policy` to return"),
        ({"value": mlp(2, inputs=4)}, ValueError, "`value` to return"),
        ({"value": mlp(1, inputs=5)}, ValueError, "`value` to take"),
        ({"environment": Pendulum()}, ValueError, "the specs of the model"),
    ],
)
def test_errors(arguments, error, message):
    given = {"model": CartPole(), "search": planning.UCT(2), **arguments}
    with pytest.raises(error, match=message):
        Planner(**given)


def test_a_model_that_cannot_be_planned_in():
    model = LatentEditing(tf.tanh, 2, lambda samples: samples[:, 0])
    with pytest.raises(NotImplementedError, match="implement `inner_state_of"):
        Planner(model, planning.UCT(2))
