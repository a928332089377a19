"""Transitions whose parts are of many types."""

import numpy as np
import tensorflow as tf

from keras_rlgen.experience import Transition

POSITIONS = np.array([[0.5, -1.0], [2.0, 0.25], [-3.0, 4.0]])
STEPS = np.array([3, 1, 2])
REWARDS = np.array([1.0, -0.5, 2.0], "float32")


def transitions():
    """Returns three transitions; the next observation is the observation times two."""
    observation = {
        "position": tf.constant(POSITIONS, tf.float64),
        "steps": tf.constant(STEPS, tf.int64),
    }
    return Transition(
        observation=observation,
        action=tf.constant([0, 1, 1], tf.int32),
        reward=tf.constant(REWARDS),
        next_observation=tf.nest.map_structure(lambda x: 2 * x, observation),
        terminated=tf.constant([False, True, False]),
    )


def vectors():
    """Returns two transitions between vectors, float32."""
    return Transition(
        observation=tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        action=tf.constant([1, 0]),
        reward=tf.constant([0.5, -1.0]),
        next_observation=tf.constant([[-1.0, 5.0], [7.0, 0.0]]),
        terminated=tf.constant([False, True]),
    )
