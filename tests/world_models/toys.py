"""An environment of one mass, its experience, and models of it."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.environments import DiscreteAction, TensorEnvironment
from keras_rlgen.experience import ArraySpec, Experience
from keras_rlgen.world_models import Deterministic, WorldModel

SPECS = ArraySpec((2,)), ArraySpec((), "int32", 0, 1)


@keras.saving.register_keras_serializable("tests")
class Slide(TensorEnvironment):
    """A mass that is pushed to the left or right; the reward is its position.

    An episode ends where it is beyond 1.
    """

    def __init__(self, max_episode_steps=20):
        super().__init__((2,), DiscreteAction(2), max_episode_steps)

    def initial_state(self, seed, num_environments):
        return tf.random.stateless_uniform((num_environments, 2), seed, -0.5, 0.5)

    def transition(self, inner_state, action, seed):
        position, velocity = tf.unstack(inner_state, axis=1)
        velocity += 0.2 * (2.0 * tf.cast(action, tf.float32) - 1.0)
        position += 0.2 * velocity
        return tf.stack([position, velocity], axis=1), position, position > 1.0

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation


def recorded(episodes=40, seed=0):
    """Returns episodes of random actions in `Slide`."""
    rng = np.random.default_rng(seed)
    environment, parts = Slide(), []
    state = tf.constant(rng.uniform(-0.5, 0.5, (episodes, 2)).astype("float32"))
    rows = [(state.numpy(), None, None, None)]
    for _ in range(20):
        action = rng.integers(0, 2, episodes).astype("int32")
        state, reward, ended = environment.transition(state, tf.constant(action), None)
        rows.append((state.numpy(), action, reward.numpy(), ended.numpy()))
    states, actions, rewards, ends = zip(*rows, strict=True)
    for index in range(episodes):
        ended = [end[index] for end in ends[1:]]
        length = ended.index(True) + 1 if True in ended else 20
        parts.append(
            {
                "observations": np.stack([x[index] for x in states[: length + 1]]),
                "actions": np.array([x[index] for x in actions[1 : length + 1]]),
                "rewards": np.array([x[index] for x in rewards[1 : length + 1]]),
                "terminated": True in ended,
            }
        )
    return Experience.from_episodes(parts)


def make_world(dynamics=None, **kwargs):
    """Returns a small `WorldModel` of `Slide`."""
    dynamics = Deterministic(hidden=(16,)) if dynamics is None else dynamics
    return WorldModel(SPECS, dynamics=dynamics, hidden=(16,), seed=0, **kwargs)


def compile_world(world, rate=1e-2):
    """Compiles without XLA, which takes longer than these trainings."""
    world.compile(keras.optimizers.Adam(rate), jit_compile=False)
    return world
