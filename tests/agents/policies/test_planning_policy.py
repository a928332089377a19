import numpy as np
import tensorflow as tf

from keras_rlgen.agents import EnvironmentSpecs, tf_agents
from keras_rlgen.agents.policies.planning_policy import PlanningPolicy
from keras_rlgen.environments import Pendulum
from keras_rlgen.planning import PlanningStrategy

trajectories = tf_agents.trajectories


class Counting(PlanningStrategy):
    """Acts by the number of the step since the episode began."""

    is_continuous = True

    def initial_memory(self, problem, batch):
        return tf.zeros((batch, 1))

    def plan(self, problem, state, memory, seed, explore):
        return memory + tf.cast(explore, tf.float32), memory + 1.0

    def get_config(self):
        return {}


def test_the_memory_is_forgotten_where_an_episode_begins():
    environment = Pendulum()
    specs = EnvironmentSpecs(
        tf.TensorSpec((3,)), tf_agents.specs.BoundedTensorSpec((1,), tf.float32, -9, 9)
    )
    first, later = (
        trajectories.TimeStep(
            step_type=tf.constant(kinds),
            reward=tf.zeros(2),
            discount=tf.ones(2),
            observation=tf.zeros((2, 3)),
        )
        for kinds in ([0, 0], [1, 0])
    )
    for explore in False, True:
        policy = PlanningPolicy(specs, environment, Counting(), None, explore, [])
        step = policy.action(first, policy.get_initial_state(2))
        step = policy.action(later, step.state)
        expected = np.array([[1.0], [0.0]]) + explore
        np.testing.assert_array_equal(step.action, expected)
