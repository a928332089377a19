import gymnasium
import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments import MountainCar
from tests.environments.side_by_side import check_side_by_side, close


def along_the_movement(velocities):
    """The actions that swing the car up: accelerate the way it rolls."""
    return np.where(velocities >= 0.0, 2, 0)


def states_of(count, seed=1):
    random = np.random.default_rng(seed)
    low, high = [-1.2, -0.07], [0.6, 0.07]
    return random.uniform(low, high, size=(count, 2)).astype("float32")


def test_steps_as_gymnasium_does():
    actions = np.random.default_rng(0).integers(3, size=450)
    _, terminated, truncated = check_side_by_side(
        MountainCar(), gymnasium.make("MountainCar-v0"), actions, close
    )
    assert not terminated.any()
    np.testing.assert_array_equal(np.flatnonzero(truncated), [199, 399])


def test_stops_at_the_wall_and_at_the_goal_as_gymnasium_does():
    theirs = gymnasium.make("MountainCar-v0").unwrapped
    states = states_of(1000)
    actions = np.random.default_rng(2).integers(3, size=1000)
    environment = MountainCar()
    state = environment.reset((0, 1), 1000)._replace(inner_state=tf.constant(states))
    _, result = environment.step(state, actions, (0, 2))
    walls = 0
    for row in range(1000):
        theirs.reset()
        theirs.state = states[row].astype("float64")
        observation, reward, terminated, _, _ = theirs.step(actions[row])
        close(result.observation[row].numpy(), observation)
        assert bool(result.terminated[row]) == terminated
        assert result.reward[row] == reward
        walls += observation[0] == np.float32(-1.2)
    assert walls > 5 and np.sum(result.terminated) > 5


def test_swings_up_to_the_goal():
    environment = MountainCar()
    state = environment.reset((0, 1), 16)
    step = tf.function(environment.step, jit_compile=True)
    reached = np.zeros(16, bool)
    for _ in range(200):
        velocity = state.inner_state[:, 1].numpy()
        action = along_the_movement(velocity).astype("int32")
        state, result = step(state, tf.constant(action), tf.constant((0, 2)))
        reached |= result.terminated.numpy()
    assert reached.all()


def test_sparse_rewards_are_only_of_the_goal():
    states = states_of(1000)
    results = []
    for environment in (MountainCar(), MountainCar(sparse=True)):
        state = environment.reset((0, 1), 1000)
        state = state._replace(inner_state=tf.constant(states))
        results.append(environment.step(state, tf.fill(1000, 2), (0, 2))[1])
    dense, sparse = results
    np.testing.assert_array_equal(dense.reward, -np.ones(1000))
    np.testing.assert_array_equal(sparse.reward, np.float32(sparse.terminated))
    assert 5 < np.sum(sparse.reward) < 500
    for name in ("observation", "terminated", "truncated", "discount"):
        np.testing.assert_array_equal(getattr(dense, name), getattr(sparse, name))


def test_begins_as_gymnasium_does():
    position, velocity = MountainCar().reset((0, 1), 5000).inner_state.numpy().T
    assert position.min() >= -0.6 and position.max() <= -0.4 and not velocity.any()
    np.testing.assert_allclose(position.mean(), -0.5, atol=0.005)
    np.testing.assert_allclose(position.std(), 0.2 / np.sqrt(12.0), rtol=0.05)


def test_specs_are_gymnasiums():
    environment, theirs = MountainCar(), gymnasium.make("MountainCar-v0")
    assert environment.max_episode_steps == theirs.spec.max_episode_steps
    assert environment.action.count == theirs.action_space.n
    space = theirs.observation_space
    np.testing.assert_array_equal(environment.observation_low, space.low)
    np.testing.assert_array_equal(environment.observation_high, space.high)


def test_config_round_trip():
    environment = MountainCar(max_episode_steps=9, sparse=True)
    config = keras.saving.serialize_keras_object(environment)
    restored = keras.saving.deserialize_keras_object(config)
    assert type(restored) is MountainCar and restored.sparse is True
    assert restored.get_config() == environment.get_config()
